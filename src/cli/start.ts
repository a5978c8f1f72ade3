import { joinLink } from '../people/accounts/link.ts'
import { CRON_PERIODS_MS, CRONS } from '../ledger/crons.ts'
import { localPaths, runCron, startLocal } from './local.ts'

const port = Number(process.env['PORT'] ?? 8787)
if (!Number.isInteger(port) || port < 1 || port > 65_535) {
  console.error(`Cannot use PORT ${process.env['PORT']}: give a number from 1 to 65535`)
  process.exit(1)
}
const xaiBaseUrl = process.env['XAI_BASE_URL'] ?? null
if (
  xaiBaseUrl !== null &&
  !/^https?:$/.test(URL.canParse(xaiBaseUrl) ? new URL(xaiBaseUrl).protocol : '')
) {
  console.error(`Cannot use XAI_BASE_URL ${xaiBaseUrl}: give a URL such as https://api.x.ai`)
  process.exit(1)
}
const state = process.env['METRION_STATE']

try {
  console.log('Starting: migrations, secrets, then the Worker …')
  const worker = await startLocal({ port, xaiBaseUrl, ...localPaths(state) })
  process.once('SIGINT', () => void worker.stop().then(() => process.exit(0)))
  process.once('SIGTERM', () => void worker.stop().then(() => process.exit(0)))
  console.log(
    `\nMetrion is running on ${worker.url}, in front of ${xaiBaseUrl ?? 'https://api.x.ai'}. Ctrl-C ends it.`,
  )
  if (worker.code !== null) {
    console.log('The owner’s one-time link (24 hours, works once):\n')
    console.log(`${joinLink(worker.url, worker.code)}\n`)
  } else {
    console.log(
      `For another one-time link: ${state ? `METRION_STATE=${state} ` : ''}npm run invite`,
    )
  }
  for (const name of Object.keys(CRONS) as (keyof typeof CRONS)[]) {
    const run = (): void => void runCron(worker.url, CRONS[name]).catch(say)
    setInterval(run, CRON_PERIODS_MS[name]).unref()
  }
  process.exitCode = await worker.ended
} catch (error) {
  say(error)
  process.exit(1)
}

function say(error: unknown): void {
  console.error(error instanceof Error ? error.message : error)
}
