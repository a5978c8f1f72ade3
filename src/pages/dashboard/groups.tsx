import { Money } from '../money.tsx'
import type { Child } from 'hono/jsx'
import {
  addUp,
  costOf,
  groupsOf,
  percentiles,
  tokensPerSecond,
} from '../../reports/usage/present.ts'
import type { Sums } from '../../reports/usage/sql.ts'
import type { Bucket } from '../../reports/usage/store.ts'
import { FIELD_TITLES } from '../logs/words.ts'
import { count } from '../../http/format.ts'
import { localTime } from '../../http/zone.ts'
import type { GroupBy } from '../../reports/usage/input.ts'
import { Door } from './chart.tsx'
import { dashboardUrl } from './input.ts'
import { FAILURES, logUrl, type LogFilters } from './links.ts'
import { titleOf, type OverviewProps } from './props.ts'
import { drift, perRequest, perThousandOutput, signed } from './rates.ts'
import { rounded, share } from './tiles.tsx'

/** The number of groups that a table lists. One more row sums the others. */
export const LISTED = 50
const TITLES = { model: 'Models', requester: 'Requesters', token: 'Tokens' } as const

interface Line {
  /** The log with the requests of the row. Null: no filter names them. */
  logUrlOf: (filters?: LogFilters) => string | null
  /** Null: the row sums several keys. */
  key: string | null
  sums: Sums
  total: Sums
  firstByte: readonly Bucket[]
  lastSeen: string
}

type Column = readonly [title: string, cell: (line: Line) => Child]

const average = (ticks: number | null): Child => (ticks === null ? '–' : <Money ticks={ticks} />)

const COMMON: readonly Column[] = [
  ['Share', ({ sums, total }) => share(costOf(sums), costOf(total))],
  ['Requests', ({ sums, logUrlOf }) => <Door url={logUrlOf()}>{count(sums.requests)}</Door>],
  ['Cost per request', ({ sums }) => average(perRequest(sums))],
  ['Input', ({ sums }) => count(sums.inputTokens)],
  ['Cached', ({ sums }) => share(sums.cachedTokens, sums.inputTokens)],
  ['Output', ({ sums }) => count(sums.outputTokens)],
  [
    'Failed',
    ({ sums, logUrlOf }) => (
      <Door url={sums.failed > 0 ? logUrlOf(FAILURES) : null}>{count(sums.failed)}</Door>
    ),
  ],
]

const OWN: Record<GroupBy, readonly Column[]> = {
  model: [
    ['Cost per 1,000 output', ({ sums }) => average(perThousandOutput(sums))],
    ['Tokens/s', ({ sums }) => tokensPerSecond(sums) ?? '–'],
    ['First byte', ({ firstByte }) => rounded(percentiles(firstByte).p50)],
    ['p95', ({ firstByte }) => rounded(percentiles(firstByte).p95)],
    ['Price difference', ({ sums }) => signedOrNone(drift(sums))],
  ],
  requester: [['Last seen', ({ lastSeen }) => lastSeen]],
  token: [],
}

const signedOrNone = (value: number | null): string => (value === null ? '–' : signed(value))

/** The rows of a table: the keys that are listed, one for the others, and their sum. */
function linesOf(by: GroupBy, { usage, query, range, lastSeenMs, zone }: OverviewProps) {
  const { cells, firstByte, count: all } = usage[by]
  const listed = groupsOf(cells)
  // Only the number of other groups is read, not their sums. The total then comes from the overall sums.
  const total = addUp(all > listed.length ? usage.all.cells : listed)
  const byKey = Map.groupBy(firstByte, ({ key }) => key)
  const part = { query, ...range }
  const seen = (key: string): string => {
    const ms = lastSeenMs.get(key)
    return ms === undefined ? '–' : localTime(ms, zone).slice(0, 16)
  }
  const common = { key: null, total, firstByte: [], lastSeen: '–' } as const
  return {
    hidden: all - listed.length,
    listed: listed.map(({ key, ...sums }): Line & { key: string } => ({
      key,
      sums,
      total,
      firstByte: byKey.get(key) ?? [],
      lastSeen: seen(key),
      // No filter of the log names requests without a model or token.
      logUrlOf: (filters) =>
        key === '' && by !== 'requester' ? null : logUrl(part, { ...filters, group: { by, key } }),
    })),
    others: { ...common, sums: lessThan(total, listed), logUrlOf: () => null } satisfies Line,
    sum: {
      ...common,
      sums: total,
      firstByte,
      logUrlOf: (filters?: LogFilters) => logUrl(part, filters),
    } satisfies Line,
  }
}

/** A table of one dimension. Each row links to the dashboard filtered by it, and its figures to the requests. */
export function Groups({ by, ...props }: OverviewProps & { by: GroupBy }) {
  const { usage, query, tokenNames } = props
  const columns = [...COMMON, ...OWN[by]]
  const { listed, hidden, others, sum } = linesOf(by, props)
  return (
    <section class="card" aria-labelledby={`by-${by}`}>
      <header>
        <h2 id={`by-${by}`}>{TITLES[by]}</h2>
        <span class="hint">{count(usage[by].count)}</span>
      </header>
      <div class="scroll" tabindex={0} role="region" aria-label={TITLES[by]}>
        <table class="log">
          <thead>
            <tr>
              <th scope="col">{FIELD_TITLES[by]}</th>
              {['Cost', ...columns.map(([title]) => title)].map((title) => (
                <th scope="col" class="number">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {listed.map((line) => (
              <LineRow
                title={titleOf(by, line.key, tokenNames)}
                href={dashboardUrl(query, { [by]: [line.key] })}
                columns={columns}
                line={line}
              />
            ))}
            {hidden > 0 && (
              <LineRow title={`${count(hidden)} others`} columns={columns} line={others} />
            )}
          </tbody>
          <tfoot>
            <LineRow title="Total" columns={columns} line={sum} />
          </tfoot>
        </table>
      </div>
    </section>
  )
}

/** The sums `total` minus the sums `some`. */
function lessThan(total: Sums, some: readonly Sums[]): Sums {
  const gone = addUp(some)
  const fields = Object.keys(total) as (keyof Sums)[]
  return Object.fromEntries(fields.map((field) => [field, total[field] - gone[field]])) as Sums
}

interface LineRowProps {
  title: string
  href?: string
  columns: readonly Column[]
  line: Line
}

function LineRow({ title, href, columns, line }: LineRowProps) {
  const cost = costOf(line.sums)
  return (
    <tr>
      <th scope="row" class="name">
        {href === undefined ? title : <a href={href}>{title}</a>}
      </th>
      <td class="number" data-ticks={cost}>
        <Door url={cost > 0 ? line.logUrlOf() : null}>
          <Money ticks={cost} />
        </Door>
      </td>
      {columns.map(([, cell]) => (
        <td class="number">{cell(line)}</td>
      ))}
    </tr>
  )
}
