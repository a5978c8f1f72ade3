// npm run seed -- [--rows 1000000] [--account NAME]: made-up requests for a local deployment.
import { parseArgs } from 'node:util'
import { queryD1 } from '../../src/cli/d1.ts'
import { localPaths } from '../../src/cli/local.ts'
import { ledgerFile, seedLedger } from './seed.ts'

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '1000000' }, account: { type: 'string' } },
})
const { stateDir } = localPaths(process.env['METRION_STATE'])
const [accounts = []] = await queryD1(
  { kind: 'local', stateDir },
  'DB',
  'SELECT id, name FROM accounts',
)
const matching = accounts.filter(({ name }) => !values.account || name === values.account)
const [account] = matching
if (account === undefined || matching.length > 1) {
  console.error(
    `Cannot tell which account: there are ${accounts.map(({ name }) => String(name)).join(', ') || 'none'}; use its one-time link first, or name one with --account`,
  )
  process.exit(1)
}
const rows = Number(values.rows)
console.log(`Seeding ${rows} requests of the last 30 days for ${String(account['name'])} …`)
seedLedger(ledgerFile(stateDir), String(account['id']), {
  rows,
  days: 30,
  endMs: Date.now(),
  seed: 1,
})
console.log('Done. Start Metrion again.')
