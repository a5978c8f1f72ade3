import { joinLink } from '../people/accounts/link.ts'
import { CRON_PERIODS_MS, CRONS } from '../ledger/crons.ts'
import { command, portOf, UsageError } from './command.ts'
import { runCron, startLocal } from './local.ts'
import { localPaths } from './paths.ts'

const USAGE = `npm start
  Runs Metrion on this machine, in front of api.x.ai. Environment:
  PORT           the port, 8787 by default
  XAI_BASE_URL   another xAI, such as http://localhost:9000
  METRION_STATE  the folder of its databases and secrets, .wrangler/state by default`

/** `wrangler dev` runs no cron by itself. Those of hours and nights run now, too: it may not run that long. */
function runCrons(url: string): void {
  for (const name of Object.keys(CRONS) as (keyof typeof CRONS)[]) {
    const run = (): void =>
      void runCron(url, CRONS[name]).catch((error: unknown) => console.error(String(error)))
    run()
    setInterval(run, CRON_PERIODS_MS[name]).unref()
  }
}

function xaiUrlOf(text: string | undefined): string | null {
  if (text === undefined) return null
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text
  throw new UsageError(`Cannot use XAI_BASE_URL ${text}: give a URL such as https://api.x.ai`)
}

await command({ usage: USAGE }, async () => {
  const port = portOf(process.env['PORT'] ?? '8787')
  const xaiBaseUrl = xaiUrlOf(process.env['XAI_BASE_URL'])
  const state = process.env['METRION_STATE']
  console.log('Starting: migrations, secrets, then the Worker …')
  const worker = await startLocal({ port, xaiBaseUrl, ...localPaths(state) })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => void worker.stop().then(() => process.exit(0)))
  console.log(
    `\nMetrion is running on ${worker.url}, in front of ${xaiBaseUrl ?? 'https://api.x.ai'}. Ctrl-C ends it.`,
  )
  console.log(
    worker.code === null
      ? `For another one-time link: ${state ? `METRION_STATE=${state} ` : ''}npm run invite`
      : `The owner’s one-time link (works once, for 24 hours):\n\n${joinLink(worker.url, worker.code)}\n`,
  )
  runCrons(worker.url)
  return worker.ended
})
