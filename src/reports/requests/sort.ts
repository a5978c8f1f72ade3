import * as z from 'zod'
import type { LedgerEntry } from '../../ledger/entry.ts'

/** What a row is sorted by. */
type Row = Pick<
  LedgerEntry,
  'costTicks' | 'inputTokens' | 'outputTokens' | 'firstByteMs' | 'totalMs'
>

const tokensOf = ({ inputTokens, outputTokens }: Row): number | null =>
  inputTokens === null && outputTokens === null ? null : (inputTokens ?? 0) + (outputTokens ?? 0)

/** What requests can be sorted by, other than the time: the SQL of a row, and the same of a row that was read. */
export const SORTS = {
  cost: { sql: 'cost_ticks', of: ({ costTicks }: Row) => costTicks },
  tokens: {
    sql: 'iif(input_tokens IS NULL AND output_tokens IS NULL, NULL, ifnull(input_tokens, 0) + ifnull(output_tokens, 0))',
    of: tokensOf,
  },
  firstByte: { sql: 'first_byte_ms', of: ({ firstByteMs }: Row) => firstByteMs },
  duration: { sql: 'total_ms', of: ({ totalMs }: Row) => totalMs },
} as const
export type SortBy = keyof typeof SORTS
export const SORT_NAMES = ['time', ...(Object.keys(SORTS) as SortBy[])] as const
export type Sort = (typeof SORT_NAMES)[number]

/**
 * The most rows that a sorted page compares, the newest of the range. There is no index by cost or duration: each
 * would cost one more written row per request.
 */
export const COMPARED_ROWS = 50_000

export const ORDERS = ['desc', 'asc'] as const
export type Order = (typeof ORDERS)[number]

/** A place in a sorted list: the value, and the id of its request. */
export interface Place {
  value: number | null
  id: string
}

const CURSOR = /^(-|\d{1,16})~([0-9a-f-]{36})$/

export const toCursor = ({ value, id }: Place): string => `${value ?? '-'}~${id}`

/** Null: not a cursor of a sorted list. */
export function readCursor(cursor: string): Place | null {
  const [, value, id = ''] = CURSOR.exec(cursor) ?? []
  if (value === undefined || !z.uuid().safeParse(id).success) return null
  return { value: value === '-' ? null : Number(value), id }
}
