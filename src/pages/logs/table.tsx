import type { Order, Sort } from '../../reports/requests/sort.ts'
import type { PresentedRequest } from '../../reports/requests/present.ts'
import { columnOf, type CellView, type ColumnName } from './columns.tsx'

export interface TableProps extends CellView {
  requests: readonly PresentedRequest[]
  columns: readonly ColumnName[]
  sorted: { sort: Sort; order: Order }
  /** The same log in another order. */
  sortUrl: (sort: Sort, order: Order) => string
}

export function RequestTable({ requests, columns, sorted, sortUrl, ...view }: TableProps) {
  return (
    <div class="scroll card flush" tabindex={0} role="region" aria-label="Requests">
      <table class="log cards">
        <thead>
          <tr>
            {columns.map((name) => (
              <Head column={columnOf(name)} sorted={sorted} sortUrl={sortUrl} />
            ))}
          </tr>
        </thead>
        <tbody>
          {requests.map((request) => (
            <tr>
              {columns.map((name) => {
                const { kind, cell } = columnOf(name)
                return <td class={kind}>{cell(request, view)}</td>
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

type HeadProps = Pick<TableProps, 'sorted' | 'sortUrl'> & { column: ReturnType<typeof columnOf> }

/** The title of a column. One that can be sorted by is a link; a second click turns the order round. */
function Head({ column: { title, kind, sort }, sorted, sortUrl }: HeadProps) {
  const isNumber = kind.startsWith('number')
  if (sort === undefined)
    return (
      <th scope="col" class={isNumber ? 'number' : undefined}>
        {title}
      </th>
    )
  const isSorted = sorted.sort === sort
  const next = isSorted && sorted.order === 'desc' ? 'asc' : 'desc'
  return (
    <th
      scope="col"
      class={isNumber ? 'number' : undefined}
      aria-sort={isSorted ? (sorted.order === 'desc' ? 'descending' : 'ascending') : undefined}
    >
      <a href={sortUrl(sort, next)}>{title}</a>
    </th>
  )
}
