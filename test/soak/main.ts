import { command, UsageError, wholeNumber } from '../../src/cli/command.ts'

const USAGE = `npm run soak -- [--requests 2000] [--at-once 50] [--sink d1|queue]
  Sends streams while D1 and the queue fail, and kills the Worker under way; then compares what callers got, and the
  rows. Exits with 1 if an answer was broken or a row is missing.`

const OPTIONS = {
  requests: { type: 'string', default: '2000' },
  'at-once': { type: 'string', default: '50' },
  sink: { type: 'string', default: 'd1' },
} as const

await command({ usage: USAGE, options: OPTIONS }, async ({ values }) => {
  const { sink } = values
  if (sink !== 'd1' && sink !== 'queue')
    throw new UsageError(`Cannot use --sink ${sink}: give d1 or queue`)
  const requests = wholeNumber(values.requests, '--requests')
  const atOnce = wholeNumber(values['at-once'], '--at-once')
  const { soak } = await import('./soak.ts')
  const result = await soak({ requests, atOnce, sink, port: 8798, log: console.log })
  console.log(result)
  const { broken, missing, twice, unseen, entries } = result
  const isSound = broken + missing.length + twice.length + unseen.length + entries.waiting === 0
  process.exit(isSound ? 0 : 1)
})
