import { command, UsageError } from './command.ts'
import { targetOf, type Target } from './d1.ts'
import { listDead, replay } from './ledger/dead.ts'
import { restore } from './ledger/restore.ts'
import { rebuild, verify, type Period } from './ledger/sums.ts'
import { dayOf } from '../ledger/retention/day.ts'
import { DAY_MS } from '../http/time.ts'

const USAGE = `npm run ledger -- COMMAND [--remote]
  verify  [--from DAY] [--to DAY]      holds the hourly sums against the rows they are sums of
  rebuild [--from DAY] [--to DAY]      makes them anew from the rows
  dead                                 lists the entries that could not be written, with the reasons
  replay                               tries them again
  restore --account ID --day DAY       brings a day back from the archive, for a week
Days are of UTC, such as 2026-11-24, the last one included; without them, the last seven.`

const DAY = /^\d{4}-\d\d-\d\d$/

const OPTIONS = {
  remote: { type: 'boolean' },
  from: { type: 'string' },
  to: { type: 'string' },
  account: { type: 'string' },
  day: { type: 'string' },
} as const

interface Values {
  from?: string | undefined
  to?: string | undefined
  account?: string | undefined
  day?: string | undefined
}

/** The exit code: 1 if a problem was found. */
async function run(name: string, target: Target, values: Values): Promise<number> {
  switch (name) {
    case 'verify':
      return verify(target, periodOf(values))
    case 'rebuild':
      return rebuild(target, periodOf(values))
    case 'dead':
      return listDead(target)
    case 'replay':
      return replay(target)
    case 'restore':
      return restore(target, values.account ?? missing('--account'), dayOption(values.day, '--day'))
    default:
      throw new UsageError(
        name === '' ? 'Name a command' : `Cannot run "${name}": there is no such command`,
      )
  }
}

function periodOf({ from, to }: Values): Period {
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS
  const lastMs = to === undefined ? today : Date.parse(dayOption(to, '--to'))
  const fromMs = from === undefined ? lastMs - 6 * DAY_MS : Date.parse(dayOption(from, '--from'))
  if (fromMs > lastMs) throw new UsageError(`Cannot use --from ${from}: it is after --to`)
  return { fromMs, beforeMs: lastMs + DAY_MS }
}

function isDay(text: string): boolean {
  const ms = Date.parse(text)
  return !Number.isNaN(ms) && dayOf(ms) === text
}

function dayOption(text: string | undefined, option: string): string {
  // February 30 would become a day in March.
  if (text !== undefined && DAY.test(text) && isDay(text)) return text
  throw new UsageError(`Cannot use ${option} ${text ?? ''}: give a day such as 2026-11-24`)
}

function missing(option: string): never {
  throw new UsageError(
    `Cannot tell whose day: add ${option} with the account’s id, which POST /api/v1/session and verify tell`,
  )
}

await command({ usage: USAGE, options: OPTIONS, most: 1 }, async ({ values, positionals }) =>
  run(positionals[0] ?? '', targetOf(values.remote === true), values),
)
