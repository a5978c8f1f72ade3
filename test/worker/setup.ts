import './bindings.ts'
import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'

await applyD1Migrations(env.DB, env.MIGRATIONS.accounts)
await applyD1Migrations(env.LEDGER, env.MIGRATIONS.ledger)
