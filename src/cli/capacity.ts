import { readFile, writeFile } from 'node:fs/promises'
import { usdAMonth, requestsThatFit, usesOf } from '../reports/capacity/capacity.ts'
import type { Traffic } from '../reports/capacity/traffic.ts'
import type { Plan } from '../reports/capacity/plans.ts'
import { withTables } from './capacity/tables.ts'
import { deployedOf, readTraffic } from './capacity/traffic.ts'
import { readConfig } from './deploy/config.ts'
import { command, UsageError, wholeNumber } from './command.ts'
import { targetOf } from './d1.ts'
import { drawTable } from './table.ts'

const USAGE = `npm run capacity -- [--remote] [--days 7] [--requests N] [--plan free|paid]
  Reads the traffic of the last days from the ledger, and prints what a day of it uses of each allowance of Cloudflare's
  plans, which limit comes first, and what the Paid plan costs a month.
  --remote     of the deployment at Cloudflare; otherwise of npm start on this machine
  --days       how many days until now; it reads each row of them twice
  --requests   the same kind of traffic with another number of requests a day
  --plan       only this plan
  --docs       instead, compute the tables of README and docs/operations.md anew`

const OPTIONS = {
  remote: { type: 'boolean' },
  days: { type: 'string', default: '7' },
  requests: { type: 'string' },
  plan: { type: 'string' },
  docs: { type: 'boolean' },
} as const

const PLANS = ['free', 'paid'] as const

const percent = (share: number): string => `${Math.round(share * 100)}%`

async function writeTables(): Promise<void> {
  for (const page of ['README.md', 'docs/operations.md'])
    await writeFile(page, withTables(await readFile(page, 'utf8')))
}

function printTraffic(traffic: Traffic): void {
  console.log(
    `A day: ${Math.round(traffic.requests).toLocaleString('en')} requests; ${percent(traffic.streamedShare)} streamed with ${Math.round(traffic.eventsAStream)} output tokens (one of a hundred with more than ${Math.round(traffic.eventsOfLongStreams)}), ${percent(traffic.labelledShare)} labelled, ${percent(traffic.longShare)} over ten seconds; ${traffic.tokens} tokens.
Streams are counted as asking for usage (stream_options.include_usage): the ledger does not tell.`,
  )
}

const number = (value: number): string =>
  value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString('en')

function printPlan(traffic: Traffic, plan: Plan): void {
  const fits = (title: string): string => {
    const requests = requestsThatFit(traffic, plan, title)
    return requests === Infinity ? 'any number' : `${requests.toLocaleString('en')} requests`
  }
  const uses = usesOf(traffic, plan)
  console.log(`\n${plan === 'free' ? 'Free' : 'Paid (included; more costs)'}, a day:\n`)
  console.log(
    drawTable(
      [
        { title: 'allowance', cell: (use) => use.title },
        { title: 'used', right: true, cell: (use) => number(use.used) },
        { title: 'allowed', right: true, cell: (use) => number(use.limit) },
        { title: 'share', right: true, cell: (use) => `${(use.share * 100).toFixed(1)}%` },
        { title: 'room for', right: true, cell: (use) => fits(use.title) },
      ],
      uses,
    ),
  )
  const [nearest] = uses
  if (nearest) console.log(`\nNearest limit: ${nearest.title}. Beyond it: ${nearest.beyond}`)
  if (plan === 'paid') console.log(`About $${usdAMonth(traffic).toFixed(2)} a month.`)
}

await command({ usage: USAGE, options: OPTIONS }, async ({ values }) => {
  if (values.docs) return writeTables()
  const { plan } = values
  if (plan !== undefined && plan !== 'free' && plan !== 'paid')
    throw new UsageError(`Cannot use --plan ${plan}: give free or paid`)
  const days = wholeNumber(values.days, '--days')
  const requests = values.requests === undefined ? null : wholeNumber(values.requests, '--requests')
  const read = await readTraffic(
    targetOf(values.remote === true),
    deployedOf(await readConfig()),
    days,
    Date.now(),
  )
  if (read === null) {
    console.log(`There were no requests in the last ${days} days.`)
    return 1
  }
  const traffic = requests === null ? read : { ...read, requests }
  printTraffic(traffic)
  for (const one of PLANS) if (plan === undefined || plan === one) printPlan(traffic, one)
  return 0
})
