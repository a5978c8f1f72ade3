import * as z from 'zod'
import { oneOf } from '../../reports/requests/filter.ts'
import { COLUMN_NAMES, columnOf, type ColumnName } from './columns.tsx'

/** The columns of a log, as its URL has them: names with commas between them. Empty: those by default. */
export const columnsInput = z
  .string()
  .default('')
  .transform((names) => names.split(',').filter(Boolean))
  .pipe(z.array(oneOf(COLUMN_NAMES as [ColumnName, ...ColumnName[]])))

interface ChoiceProps {
  view: URLSearchParams
  chosen: readonly ColumnName[]
}

/** A plain GET form with a box for each column. The rest of the view is kept. */
export function ColumnChoice({ view, chosen }: ChoiceProps) {
  return (
    <details class="menu">
      <summary>Columns</summary>
      <form method="get" action="/logs">
        {[...view]
          .filter(([name]) => name !== 'columns')
          .map(([name, value]) => (
            <input type="hidden" name={name} value={value} />
          ))}
        {COLUMN_NAMES.map((name) => (
          <label class="check">
            <input
              type="checkbox"
              name="columns"
              value={name}
              checked={chosen.includes(name)}
              disabled={name === 'time'}
              aria-label={`Show ${columnOf(name).title}`}
            />
            {columnOf(name).title}
          </label>
        ))}
        <button type="submit">Show columns</button>
      </form>
    </details>
  )
}
