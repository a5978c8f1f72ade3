import { command, UsageError, wholeNumber } from '../../src/cli/command.ts'
import { queryD1 } from '../../src/cli/d1.ts'
import { localPaths } from '../../src/cli/paths.ts'

const USAGE = `npm run seed -- [--rows 1000000] [--account NAME]
  Fills the ledger of npm start with made-up requests of the last 30 days. End Metrion before, start it again after.
  --rows      how many requests
  --account   the name of the account, where there are several`

const OPTIONS = {
  rows: { type: 'string', default: '1000000' },
  account: { type: 'string' },
} as const

await command({ usage: USAGE, options: OPTIONS }, async ({ values }) => {
  const rows = wholeNumber(values.rows, '--rows')
  const { stateDir } = localPaths(process.env['METRION_STATE'])
  const known = 'SELECT id, name FROM accounts'
  const [accounts = []] = await queryD1({ kind: 'local', stateDir }, 'DB', known).catch(() => {
    throw new Error(`Cannot find a local Metrion in ${stateDir}: run npm start once, and end it`)
  })
  const matching = accounts.filter(({ name }) => !values.account || name === values.account)
  const [account] = matching
  if (account === undefined || matching.length > 1)
    throw new UsageError(
      `Cannot tell which account: there are ${accounts.map(({ name }) => String(name)).join(', ') || 'none'}; use its one-time link first, or name one with --account`,
    )
  console.log(`Seeding ${rows} requests of the last 30 days for ${String(account['name'])} …`)
  const { ledgerFile, seedLedger } = await import('./seed.ts')
  const when = { rows, days: 30, endMs: Date.now(), seed: 1 }
  seedLedger(ledgerFile(stateDir), String(account['id']), when)
  console.log('Done. Start Metrion again.')
})
