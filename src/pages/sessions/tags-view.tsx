import { count } from '../../http/format.ts'
import { tagFilter } from '../../reports/requests/filter.ts'
import { ADDED_ROWS } from '../../reports/tags/input.ts'
import type { Tags, TagSums } from '../../reports/tags/store.ts'
import { MoneyCell } from '../money.tsx'
import { HowTo, SessionsFrame, type FrameProps } from './frame.tsx'
import { When } from '../../web/when.tsx'

export interface TagsProps extends FrameProps {
  /** The tag whose values are listed. Null: the account has no tags in this range. */
  name: string | null
  names: readonly string[]
  found: Tags
  moments: { from: number; to: number }
}

export function TagsPage({ name, names, found, moments, ...frame }: TagsProps) {
  return (
    <SessionsFrame {...frame} tab="/sessions/tags" kept={name === null ? {} : { name }}>
      {name === null ? (
        <HowTo header="x-metrion-tags: feature=search,version=2.1">
          Tags tell the parts of an application apart: features, versions, customers. Send up to ten
          with a request, and this page shows what each costs.
        </HowTo>
      ) : (
        <section class="card" aria-labelledby="values-title">
          <header>
            <h2 id="values-title">Cost by {name}</h2>
            <nav class="ranges" aria-label="Tags">
              {names.map((one) => (
                <a
                  href={`/sessions/tags?${new URLSearchParams({ range: frame.range, name: one }).toString()}`}
                  aria-current={one === name ? 'true' : undefined}
                >
                  {one}
                </a>
              ))}
            </nav>
          </header>
          <Values name={name} found={found} moments={moments} />
          {found.addedFromMs !== null && (
            <p class="hint">
              This range has more than {count(ADDED_ROWS)} requests with tags. These sums begin at{' '}
              <When ms={found.addedFromMs} zone={frame.zone} />; choose a shorter range to add up
              all.
            </p>
          )}
        </section>
      )}
    </SessionsFrame>
  )
}

/** The columns that a phone has room for. */
const KEPT: readonly string[] = ['Cost', 'Requests']

function Values({
  name,
  found: { tags },
  moments,
}: Pick<TagsProps, 'found' | 'moments'> & { name: string }) {
  const urlOf = ({ key }: TagSums): string =>
    `/logs?${new URLSearchParams({
      from: new Date(moments.from).toISOString(),
      to: new Date(moments.to).toISOString(),
      tag: tagFilter(name, key),
    }).toString()}`
  return (
    <div class="scroll" tabindex={0} role="region" aria-label={`Cost by ${name}`}>
      <table class="log">
        <thead>
          <tr>
            <th scope="col">{name}</th>
            {['Cost', 'Requests', 'Failed', 'Input', 'Output'].map((title) => (
              <th scope="col" class={KEPT.includes(title) ? 'number' : 'number rare'}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {tags.map((sums) => (
            <tr>
              <th scope="row" class="name">
                <a href={urlOf(sums)}>{sums.key === '' ? 'no value' : sums.key}</a>
              </th>
              <MoneyCell ticks={sums.costTicks} />
              <td class="number">{count(sums.requests)}</td>
              <td class="number rare">{count(sums.failed)}</td>
              <td class="number rare">{count(sums.inputTokens)}</td>
              <td class="number rare">{count(sums.outputTokens)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
