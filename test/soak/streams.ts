import { command, wholeNumber } from '../../src/cli/command.ts'

const USAGE = `npm run soak:streams -- [--minutes 30] [--streams 100]
  Keeps streams open, a third of them copied, gathered and flowing each, and prints the Worker's memory every minute:
  nothing of them may stay in it. Exits with 1 if a stream was broken.`

const OPTIONS = {
  minutes: { type: 'string', default: '30' },
  streams: { type: 'string', default: '100' },
} as const

await command({ usage: USAGE, options: OPTIONS }, async ({ values }) => {
  const minutes = wholeNumber(values.minutes, '--minutes')
  const count = wholeNumber(values.streams, '--streams')
  const { soakStreams } = await import('./soak-streams.ts')
  process.exit((await soakStreams(minutes, count)) ? 0 : 1)
})
