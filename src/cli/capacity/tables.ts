import {
  daysKept,
  requestsThatFit,
  rowsARequest,
  usdAMonth,
  usesOf,
  type Use,
} from '../../reports/capacity/capacity.ts'
import { TYPICAL, type Traffic } from '../../reports/capacity/traffic.ts'

/** The tables of README and docs/operations.md, by the names of their places. A test holds them against the pages. */
export type TableName = 'day' | 'limits' | 'cost'

const of = (requests: number): Traffic => ({ ...TYPICAL, requests })
const number = (value: number): string => Math.round(value).toLocaleString('en')
const percent = (share: number): string =>
  share >= 10 ? `${number(share)}×` : `${(share * 100).toFixed(share < 0.1 ? 1 : 0)}%`

function amount(value: number, unit: string): string {
  if (unit === 'bytes') return `${number(value / 1_000_000)} MB`
  return unit === 'ms' ? `${value < 100 ? value.toFixed(1) : number(value)} ms` : number(value)
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

const table = (rows: readonly (readonly string[])[]): string => {
  const [head = [], ...body] = rows
  return [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n')
}

const named = (title: string): string =>
  title.startsWith('Durable') ? `${title}, with a budget` : title

function day(): string {
  const traffic = { ...of(5_000), budgetShare: 1 }
  const uses = usesOf(traffic, 'free')
  const row = ({ title, used, limit, unit, share }: Use): string[] => [
    named(title),
    amount(used, unit),
    amount(limit, unit),
    percent(share),
  ]
  const before = rowsARequest(traffic, false) / rowsARequest(traffic, true)
  const written = uses.find(({ title }) => title === 'D1 rows written')
  const early = written
    ? `Before day 90, D1 rows written are at ${percent(written.share * before)}.`
    : ''
  return `${table([['allowance', 'used', 'allowed', 'share'], ...uses.map(row)])}\n\n${early}`
}

function limits(): string {
  const fits = (plan: 'free' | 'paid', title: string): string => {
    // A budget for each request; without one, no object is asked.
    const requests = requestsThatFit({ ...of(0), budgetShare: 1 }, plan, title)
    return requests === Infinity ? 'any number' : number(Math.floor(requests / 100) * 100)
  }
  const free = usesOf(of(5_000), 'free')
  const rows = free.map(({ title, beyond }) => [
    named(title),
    title === 'CPU a request' ? 'a limit of each request' : fits('free', title),
    title === 'CPU a request' ? fits('paid', 'CPU') : fits('paid', title),
    beyond,
  ])
  const head = ['allowance', 'Free', 'Paid, included', 'beyond it, on Free']
  return table([head, ...rows])
}

function cost(): string {
  const rows = [1_000, 20_000, 1_000_000].map((requests) => {
    const traffic = of(requests)
    const nearest = usesOf(traffic, 'free').find(({ isSoft }) => !isSoft)!
    const isOver = nearest.share > 1
    const reason = `${nearest.title} ${percent(nearest.share)}`
    return [
      number(requests),
      isOver ? `no: ${reason}` : `$0 (${reason})`,
      isOver ? '–' : `${daysKept(traffic, 'free')} days`,
      `$${number(usdAMonth(traffic))} a month`,
      `${daysKept(traffic, 'paid')} days`,
    ]
  })
  const head = ['requests a day', 'Free', 'Free keeps rows for', 'Paid', 'Paid keeps rows for']
  return table([head, ...rows])
}

export const CAPACITY_TABLES: Record<TableName, () => string> = { day, limits, cost }

const placeOf = (name: string): RegExp =>
  new RegExp(`(<!-- capacity:${name} -->\n)[^]*?(\n<!-- /capacity:${name} -->)`)

/** The page with its tables computed anew. */
export const withTables = (page: string): string =>
  Object.entries(CAPACITY_TABLES).reduce(
    (text, [name, render]) =>
      text.replace(
        placeOf(name),
        (_, start: string, end: string) => `${start}\n${render()}\n${end}`,
      ),
    page,
  )
