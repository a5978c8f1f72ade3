// The running invoice, from `GET /v1/billing/teams/{team}/postpaid/invoice/preview`.
import * as z from 'zod/mini'
import { TICKS_PER_CENT } from '../../http/format.ts'

export interface InvoiceLine {
  /** The model and what is billed, as xAI writes it. */
  description: string
  unit: string
  unitPriceTicks: number
  units: number
  ticks: number
}

export interface Invoice {
  readAtMs: number
  /** Of the month that it is of, such as "2026-11". Null: xAI does not say. */
  month: string | null
  lines: InvoiceLine[]
  /** xAI's own sums, in ticks. Null: xAI does not say. */
  totals: { beforeVat: number | null; vat: number | null; afterVat: number | null }
  /** Prepaid credit that is left, in ticks; below 0: used up. Null: there is no prepaid credit. */
  creditTicks: number | null
  /** The most that may be spent beyond the credit in this month, in ticks. Null: xAI does not say. */
  limitTicks: number | null
}

/** xAI's `unitPrice` is in millionths of a cent. */
const TICKS_PER_UNIT_PRICE = 100

// Amounts come as a number, as a string (int64 in proto3 JSON), or within `{val}`; zeros are left out.
const plain = z.union([z.number(), z.string()])
const amount = z.union([plain, z.object({ val: z.optional(plain) })])
type Amount = z.output<typeof amount>
const optional = <T extends z.ZodMiniType>(of: T) => z.optional(z.nullable(of))

const answer = z.object({
  coreInvoice: optional(
    z.object({
      lines: optional(
        z.array(
          z.object({
            clusterName: optional(z.string()),
            description: optional(z.string()),
            unitType: optional(z.string()),
            unitPrice: optional(amount),
            numUnits: optional(amount),
            amount: optional(amount),
          }),
        ),
      ),
      prepaidCredits: optional(amount),
      prepaidCreditsUsed: optional(amount),
      amountBeforeVat: optional(amount),
      vatCost: optional(amount),
      amountAfterVat: optional(amount),
    }),
  ),
  effectiveSpendingLimit: optional(amount),
  billingCycle: optional(z.object({ year: optional(plain), month: optional(plain) })),
})

function numberOf(value: Amount | null | undefined): number {
  if (value === null || value === undefined) return 0
  return Number(typeof value === 'object' ? (value.val ?? 0) : value)
}

const ticksOf = (cents: Amount | null | undefined): number =>
  Math.round(numberOf(cents) * TICKS_PER_CENT)

const orNull = (cents: Amount | null | undefined): number | null =>
  cents === null || cents === undefined ? null : ticksOf(cents)

function monthOf(cycle: z.output<typeof answer>['billingCycle']): string | null {
  const [year, month] = [Number(cycle?.year ?? 0), Number(cycle?.month ?? 0)]
  return year > 0 && month > 0 ? `${year}-${String(month).padStart(2, '0')}` : null
}

/**
 * Null: it is not such an answer. Without `coreInvoice`, which proto3 JSON leaves out, the invoice is empty. Code that
 * is public disagrees on the sign of `prepaidCredits` and `prepaidCreditsUsed`, so that the magnitude of both counts.
 */
export function readInvoice(body: unknown, readAtMs: number): Invoice | null {
  const parsed = answer.safeParse(body)
  if (!parsed.success) return null
  const { billingCycle, effectiveSpendingLimit } = parsed.data
  const core = parsed.data.coreInvoice ?? {}
  const lines = (core.lines ?? []).map((line) => ({
    description: [line.clusterName, line.description].filter(Boolean).join(' · '),
    unit: line.unitType ?? '',
    unitPriceTicks: numberOf(line.unitPrice) * TICKS_PER_UNIT_PRICE,
    units: numberOf(line.numUnits),
    ticks: ticksOf(line.amount),
  }))
  const credit = Math.abs(ticksOf(core.prepaidCredits)) - Math.abs(ticksOf(core.prepaidCreditsUsed))
  const invoice: Invoice = {
    readAtMs,
    month: monthOf(billingCycle),
    lines,
    totals: {
      beforeVat: orNull(core.amountBeforeVat),
      vat: orNull(core.vatCost),
      afterVat: orNull(core.amountAfterVat),
    },
    creditTicks: orNull(core.prepaidCredits) === null ? null : credit,
    limitTicks: orNull(effectiveSpendingLimit),
  }
  const figures = [
    ...lines.flatMap(({ unitPriceTicks, units, ticks }) => [unitPriceTicks, units, ticks]),
    ...Object.values(invoice.totals),
    invoice.creditTicks,
    invoice.limitTicks,
  ]
  return figures.every((figure) => figure === null || Number.isFinite(figure)) ? invoice : null
}
