import { MoneyCell } from '../money.tsx'
import { coverageWords, type Coverage } from '../../billing/compare.ts'
import { gapWords } from './words.ts'

interface CoverageTableProps {
  title: string
  id: string
  /** The head of the first column. */
  name: string
  rows: readonly { title: string; url: string; coverage: Coverage }[]
}

/** What xAI billed beside what the ledger has, row by row. */
export function CoverageTable({ title, id, name, rows }: CoverageTableProps) {
  if (rows.length === 0) return null
  return (
    <section class="card" aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
      </header>
      <div class="scroll" tabindex={0} role="region" aria-label={title}>
        <table class="log">
          <thead>
            <tr>
              <th scope="col">{name}</th>
              <th scope="col" class="number">
                Billed
              </th>
              <th scope="col" class="number rare">
                Ledger
              </th>
              <th scope="col" class="number">
                Accounted for
              </th>
              <th scope="col" class="number">
                Gap
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr>
                <th scope="row">
                  <a href={row.url}>{row.title}</a>
                </th>
                <MoneyCell ticks={row.coverage.billed} />
                <MoneyCell ticks={row.coverage.ledger} rare />
                <td class="number">{coverageWords(row.coverage) ?? '–'}</td>
                <td class="number">{gapWords(row.coverage)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
