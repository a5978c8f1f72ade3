import { addUp, costOf, groupsOf } from '../usage/present.ts'
import { FIELD_TITLES } from '../logs/words.ts'
import { count, usd } from '../web/format.ts'
import type { GroupBy } from '../usage/input.ts'
import { dashboardUrl } from './input.ts'
import { share } from './tiles.tsx'
import { titleOf, type DashboardProps } from './props.ts'

const SHOWN = 50
const TITLES = { model: 'Models', requester: 'Requesters', token: 'Tokens' } as const

/** A table of one dimension, whose rows open into dashboards of their own. */
export function Groups({ by, ...props }: DashboardProps & { by: GroupBy }) {
  const { usage, query, tokenNames } = props
  const groups = groupsOf(usage[by].cells)
  const total = addUp(groups)
  const others = groups.slice(SHOWN)
  return (
    <section class="card" aria-labelledby={`by-${by}`}>
      <header>
        <h2 id={`by-${by}`}>{TITLES[by]}</h2>
        <span class="hint">{count(groups.length)}</span>
      </header>
      <div class="scroll" tabindex={0} role="region" aria-label={TITLES[by]}>
        <table class="log">
          <thead>
            <tr>
              <th scope="col">{FIELD_TITLES[by]}</th>
              <th scope="col" class="number">
                Cost
              </th>
              <th scope="col" class="number">
                Share
              </th>
              <th scope="col" class="number">
                Requests
              </th>
              <th scope="col" class="number">
                A request
              </th>
              <th scope="col" class="number">
                Input
              </th>
              <th scope="col" class="number">
                Cached
              </th>
              <th scope="col" class="number">
                Output
              </th>
              <th scope="col" class="number">
                Failed
              </th>
            </tr>
          </thead>
          <tbody>
            {groups.slice(0, SHOWN).map(({ key, ...sums }) => (
              <Line title={titleOf(by, key, tokenNames)} sums={sums} total={total}>
                {dashboardUrl(query, { [by]: [key] })}
              </Line>
            ))}
            {others.length > 0 && (
              <Line title={`${count(others.length)} others`} sums={addUp(others)} total={total}>
                {null}
              </Line>
            )}
          </tbody>
          <tfoot>
            <Line title="All" sums={total} total={total}>
              {null}
            </Line>
          </tfoot>
        </table>
      </div>
    </section>
  )
}

interface LineProps {
  title: string
  sums: ReturnType<typeof addUp>
  total: ReturnType<typeof addUp>
  /** Where it leads. */
  children: string | null
}

function Line({ title, sums, total, children: href }: LineProps) {
  const cost = costOf(sums)
  return (
    <tr>
      <th scope="row" class="name">
        {href === null ? title : <a href={href}>{title}</a>}
      </th>
      <td class="number" data-ticks={cost}>
        {usd(cost)}
      </td>
      <td class="number">{share(cost, costOf(total))}</td>
      <td class="number">{count(sums.requests)}</td>
      <td class="number">{sums.requests === 0 ? '–' : usd(Math.round(cost / sums.requests))}</td>
      <td class="number">{count(sums.inputTokens)}</td>
      <td class="number">{share(sums.cachedTokens, sums.inputTokens)}</td>
      <td class="number">{count(sums.outputTokens)}</td>
      <td class="number">{count(sums.failed)}</td>
    </tr>
  )
}
