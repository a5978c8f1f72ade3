import { Money } from '../money.tsx'
import type { Child } from 'hono/jsx'
import { costOf, percentiles, tokensPerSecond } from '../../reports/usage/present.ts'
import { FIELD_TITLES } from '../logs/words.ts'
import { count } from '../../http/format.ts'
import type { GroupBy } from '../../reports/usage/input.ts'
import { Door } from './chart.tsx'
import { dashboardUrl } from './input.ts'
import { change } from './change.ts'
import { linesOf, type Line } from './lines.tsx'
import { FAILURES } from './links.ts'
import { titleOf, type OverviewProps } from './props.ts'
import { drift, perRequest, perThousandOutput, signed } from './rates.ts'
import { rounded, share } from './tiles.tsx'

const TITLES = { model: 'Models', requester: 'Requesters', token: 'Tokens' } as const

type Column = readonly [title: string, cell: (line: Line) => Child]

const average = (ticks: number | null): Child => (ticks === null ? '–' : <Money ticks={ticks} />)

const COMMON: readonly Column[] = [
  ['Before', ({ beforeTicks }) => (beforeTicks === 0 ? '–' : <Money ticks={beforeTicks} />)],
  [
    'Change',
    ({ sums, beforeTicks }) =>
      change(costOf(sums), beforeTicks) ?? (beforeTicks === 0 && costOf(sums) > 0 ? 'new' : '–'),
  ],
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

/** A table of one dimension. Each row links to the dashboard filtered by it, and its figures to the requests. */
export function Groups({ by, ...props }: OverviewProps & { by: GroupBy }) {
  const { usage, query, tokenNames } = props
  const columns = [...COMMON, ...OWN[by]]
  const { listed, hidden, others, whole } = linesOf(by, props)
  return (
    <section class="card" aria-labelledby={`by-${by}`}>
      <header>
        <h2 id={`by-${by}`}>{TITLES[by]}</h2>
        <span class="hint">{count(usage[by].count)}</span>
      </header>
      <div class="scroll" tabindex={0} role="region" aria-label={TITLES[by]}>
        <table class={`log groups by-${by}`}>
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
              <LineRow
                title={`${count(hidden)} others`}
                href={query.all === by ? undefined : `${dashboardUrl(query, { all: by })}#by-${by}`}
                columns={columns}
                line={others}
              />
            )}
          </tbody>
          <tfoot>
            <LineRow title="Total" columns={columns} line={whole} />
          </tfoot>
        </table>
      </div>
    </section>
  )
}

interface LineRowProps {
  title: string
  href?: string | undefined
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
