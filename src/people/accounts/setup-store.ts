import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { accounts, invitations, usedSetupCodes } from '../../schema/accounts.ts'
import { hashSecret } from '../../credentials/seal/hash.ts'
import { setupCodeIn, SHORTEST_SETUP_CODE } from '../../credentials/sessions/setup-code.ts'
import type { Env } from '../../env.ts'
import { DAY_MS } from '../../http/time.ts'

/**
 * Makes the code of the secret SETUP_CODE an owner's one-time link, if the deployment has no account yet and the code
 * has not opened one before. For a deployment that was made without a terminal, where no link can be printed. Returns
 * whether this is the code: the link of a former one must not open anything.
 */
export async function offerSetup(env: Env, codeHash: string, nowMs: number): Promise<boolean> {
  const code = setupCodeIn(env.SETUP_CODE)
  if (code.length < SHORTEST_SETUP_CODE || (await hashSecret(code)) !== codeHash) return false
  await drizzle(env.DB).run(
    sql`INSERT INTO ${invitations} (code_hash, role, created_at_ms, expires_at_ms, opens_first)
        SELECT ${codeHash}, 'owner', ${nowMs}, ${nowMs + DAY_MS}, 'setup'
        WHERE NOT EXISTS (SELECT 1 FROM ${accounts})
          AND NOT EXISTS (SELECT 1 FROM ${usedSetupCodes} WHERE code_hash = ${codeHash})
        ON CONFLICT (code_hash) DO UPDATE SET expires_at_ms = excluded.expires_at_ms
          WHERE used_at_ms IS NULL`,
  )
  return true
}
