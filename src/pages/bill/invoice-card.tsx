import { Money, MoneyCell } from '../money.tsx'
import type { BillReport } from '../../billing/report.ts'
import type { InvoiceLine } from '../../billing/xai/invoice.ts'
import { count, dollars, usd } from '../../http/format.ts'
import { day } from './words.ts'
import { When } from '../../web/when.tsx'

type InvoiceProps = Pick<BillReport, 'invoice' | 'credit'>

/** The running invoice line by line, and the credit that is left. */
export function InvoiceCard({ invoice, credit }: InvoiceProps) {
  if (invoice === null) return null
  const { lines, month, readAtMs, limitTicks } = invoice
  const total = lines.reduce((sum, { ticks }) => sum + ticks, 0)
  return (
    <section class="card" aria-labelledby="invoice-title">
      <header>
        <h2 id="invoice-title">Running invoice{month === null ? '' : `, ${month}`}</h2>
        <span class="hint">
          of the whole team, read <When ms={readAtMs} />
        </span>
      </header>
      {credit && <Credit credit={credit} />}
      {limitTicks !== null && (
        <p class="hint">
          xAI’s spending limit beyond the credit: <Money ticks={limitTicks} /> a month.
        </p>
      )}
      {lines.length === 0 ? (
        <p class="hint">It has no line yet.</p>
      ) : (
        <Lines {...{ lines, total }} />
      )}
      <Totals totals={invoice.totals} />
    </section>
  )
}

function Credit({ credit }: { credit: NonNullable<InvoiceProps['credit']> }) {
  const { ticks, aDayTicks, endsAtMs } = credit
  if (ticks <= 0)
    return (
      <p>
        The prepaid credit is used up{ticks < 0 && `; ${dollars(-ticks)} were spent beyond it`}.
      </p>
    )
  return (
    <p>
      <strong>
        <Money ticks={ticks} />
      </strong>{' '}
      of prepaid credit is left. {aDayTicks <= 0 && 'Nothing was spent in the last week.'}
      {aDayTicks > 0 &&
        (endsAtMs === null
          ? `At ${dollars(aDayTicks)} a day, as in the last week, it lasts for more than two years.`
          : `At ${dollars(aDayTicks)} a day, as in the last week, it ends on ${day(endsAtMs)}.`)}{' '}
      <a href="/alerts/rules/new?kind=credit">Tell me before it ends</a>
    </p>
  )
}

function Lines({ lines, total }: { lines: readonly InvoiceLine[]; total: number }) {
  return (
    <div class="scroll" tabindex={0} role="region" aria-label="Lines of the invoice">
      <table class="log">
        <thead>
          <tr>
            <th scope="col">Line</th>
            <th scope="col" class="number">
              Units
            </th>
            <th scope="col" class="number rare">
              Price of a unit
            </th>
            <th scope="col" class="number">
              Amount
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr>
              <th scope="row">{line.description}</th>
              <td class="number">
                {count(line.units)} <span class="quiet">{line.unit}</span>
              </td>
              <td class="number rare">{usd(line.unitPriceTicks)}</td>
              <MoneyCell ticks={line.ticks} />
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">Total</th>
            <td></td>
            <td class="rare"></td>
            <MoneyCell ticks={total} />
          </tr>
        </tfoot>
      </table>
    </div>
  )
}

/** xAI's own sums, where it tells them. */
function Totals({ totals }: { totals: NonNullable<InvoiceProps['invoice']>['totals'] }) {
  const parts = [
    ['before VAT', totals.beforeVat],
    ['VAT', totals.vat],
    ['after VAT', totals.afterVat],
  ] as const
  const told = parts.flatMap(([name, ticks]) =>
    ticks === null ? [] : [`${dollars(ticks)} ${name}`],
  )
  return told.length === 0 ? null : <p class="hint">xAI’s own total: {told.join(', ')}.</p>
}
