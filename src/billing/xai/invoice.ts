// The running invoice, from `GET /v1/billing/teams/{team}/postpaid/invoice/preview`.
import * as z from 'zod/mini'

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
  /** Prepaid credit that is left, in ticks. Null: there is no prepaid credit. */
  creditTicks: number | null
  /** The most that may be spent beyond the credit in this month, in ticks. Null: xAI does not say. */
  limitTicks: number | null
}

const TICKS_PER_CENT = 100_000_000
/** xAI's `unitPrice` is in millionths of a cent. */
const TICKS_PER_UNIT_PRICE = 100

// Amounts come as a number, as a string (int64 in proto3 JSON), or within `{val}`; zeros are left out.
const amount = z.union([
  z.number(),
  z.string(),
  z.object({ val: z.optional(z.union([z.number(), z.string()])) }),
])
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
    }),
  ),
  effectiveSpendingLimit: optional(amount),
  billingCycle: optional(z.object({ year: optional(z.number()), month: optional(z.number()) })),
})

function numberOf(value: Amount | null | undefined): number {
  if (value === null || value === undefined) return 0
  return Number(typeof value === 'object' ? (value.val ?? 0) : value)
}

const ticksOf = (cents: Amount | null | undefined): number =>
  Math.round(numberOf(cents) * TICKS_PER_CENT)

/**
 * Null: it is not such an answer. Code that is public disagrees on the sign of `prepaidCredits` and
 * `prepaidCreditsUsed`, so that the magnitude of both counts.
 */
export function readInvoice(body: unknown, readAtMs: number): Invoice | null {
  const parsed = answer.safeParse(body)
  if (!parsed.success || !parsed.data.coreInvoice) return null
  const { coreInvoice, billingCycle, effectiveSpendingLimit } = parsed.data
  const { prepaidCredits, prepaidCreditsUsed } = coreInvoice
  const lines = (coreInvoice.lines ?? []).map((line) => ({
    description: [line.clusterName, line.description].filter(Boolean).join(' · '),
    unit: line.unitType ?? '',
    unitPriceTicks: numberOf(line.unitPrice) * TICKS_PER_UNIT_PRICE,
    units: numberOf(line.numUnits),
    ticks: ticksOf(line.amount),
  }))
  const figures = lines.flatMap(({ unitPriceTicks, units, ticks }) => [
    unitPriceTicks,
    units,
    ticks,
  ])
  const credit = Math.abs(ticksOf(prepaidCredits)) - Math.abs(ticksOf(prepaidCreditsUsed))
  if (![...figures, credit].every(Number.isFinite)) return null
  const month = String(billingCycle?.month ?? '').padStart(2, '0')
  return {
    readAtMs,
    month: billingCycle?.year && billingCycle.month ? `${billingCycle.year}-${month}` : null,
    lines,
    creditTicks: prepaidCredits === null || prepaidCredits === undefined ? null : credit,
    limitTicks: effectiveSpendingLimit == null ? null : ticksOf(effectiveSpendingLimit),
  }
}
