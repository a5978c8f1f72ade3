import type { Child } from 'hono/jsx'
import { spaced } from '../../http/format.ts'
import { When } from '../../web/when.tsx'
import { RANGES } from '../dashboard/range.ts'
import { without } from './view-query.ts'
import { FIELD_TITLES, outcomeTitle } from './words.ts'

/** Filters that are on, and have no value. */
export const FLAGS: readonly string[] = ['unlabelled', 'modelless', 'codeless']

/** How a view is laid out, as opposed to what it shows. */
const LAYOUT: readonly string[] = ['cursor', 'columns', 'sort', 'order']

export interface FilterChipsProps {
  /** The canonical query of the URL. */
  view: URLSearchParams
  zone: string
  tokens: readonly { id: string; name: string }[]
}

/** Each active filter, with a link that removes it. */
export function FilterChips({ view, zone, tokens }: FilterChipsProps) {
  const shown = [...view].filter(([name]) => !LAYOUT.includes(name))
  if (shown.length === 0) return null
  const names = new Map(tokens.map(({ id, name }) => [id, name]))
  const spoken = (name: string, value: string): Child => {
    if (name === 'range') return RANGES[value as keyof typeof RANGES] ?? value
    if (name === 'outcome') return outcomeTitle(value)
    if (name === 'token') return names.get(value) ?? value
    const ms = Date.parse(value)
    if ((name === 'from' || name === 'to') && !Number.isNaN(ms)) return <When ms={ms} zone={zone} />
    return spaced(value)
  }
  return (
    <ul class="chips" aria-label="Active filters">
      {shown.map(([name, value]) => (
        <li>
          {FIELD_TITLES[name] ?? name}
          {!FLAGS.includes(name) && <>: {spoken(name, value)}</>}
          <a
            href={`/logs?${without(view, name, value).toString()}`}
            aria-label={`Remove the filter ${FIELD_TITLES[name] ?? name}`}
          >
            ×
          </a>
        </li>
      ))}
    </ul>
  )
}
