import { FIELDS, jsonName, type Field } from '../../ledger/columns.ts'
import { decimalUsd } from '../../http/format.ts'
import type { PresentedRequest } from './answer.ts'
import { csvLine, type CsvCell } from './csv.ts'
import type { RequestRow } from './store.ts'

export type { PresentedRequest }
export type TokenNames = ReadonlyMap<string, string>

/** Fields that the API returns in another form, or with another field beside them. */
const OTHER_FORMS: Partial<
  Record<Field, (row: RequestRow, tokenNames: TokenNames) => Partial<PresentedRequest>>
> = {
  atMs: ({ atMs }) => ({ at: new Date(atMs).toISOString() }),
  tokenId: ({ tokenId }, names) => ({ token: { id: tokenId, name: names.get(tokenId) ?? null } }),
  costTicks: ({ costTicks }) => ({
    costUsd: costTicks === null ? null : decimalUsd(costTicks),
    costTicks,
  }),
}

const TOLD = FIELDS.flatMap((field) => {
  const name = jsonName(field)
  return name === null ? [] : [{ field, name }]
})

/** A request as the API returns it. Money in ticks and as a decimal of USD, times in milliseconds. */
export function presentRequest(row: RequestRow, tokenNames: TokenNames): PresentedRequest {
  const told: Record<string, unknown> = {}
  for (const { field, name } of TOLD) {
    const form = OTHER_FORMS[field]
    if (form) Object.assign(told, form(row, tokenNames))
    else told[name] = row[field]
  }
  return told as unknown as PresentedRequest
}

const snake = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** The columns of the CSV, in order. */
const CSV: Readonly<Record<string, (request: PresentedRequest) => CsvCell>> = Object.fromEntries(
  TOLD.flatMap(({ field, name }): [string, (request: PresentedRequest) => CsvCell][] => {
    if (field === 'tokenId')
      return [
        ['token', ({ token }) => token.name],
        ['token_id', ({ token }) => token.id],
      ]
    const read = (request: PresentedRequest): CsvCell =>
      cellOf(request[name as keyof PresentedRequest])
    const own: [string, typeof read] = [snake(name), read]
    return field === 'costTicks' ? [['cost_usd', ({ costUsd }) => costUsd], own] : [own]
  }),
)

const cellOf = (value: unknown): CsvCell =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : (value as CsvCell)

export const CSV_HEAD = csvLine(Object.keys(CSV))

export const toCsvLine = (request: PresentedRequest): string =>
  csvLine(Object.values(CSV).map((read) => read(request)))

export const toNdjsonLine = (request: PresentedRequest): string => `${JSON.stringify(request)}\n`
