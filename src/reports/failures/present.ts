import type * as z from 'zod'
import { timeOfUuid } from '../../http/uuid.ts'
import { presentRequest, type TokenNames } from '../requests/present.ts'
import type { TimeQuery } from '../usage/input.ts'
import { presentRange } from '../usage/present.ts'
import type { failuresAnswer } from './answer.ts'
import type { FailureCell, Failures } from './store.ts'

/** The failures with one status and code, over all cells. */
export interface FailureKind {
  status: number
  code: string | null
  requests: number
  lastId: string
}

/** Each status and code, the most frequent first. */
export function kindsOf(cells: readonly FailureCell[]): FailureKind[] {
  const byKind = Map.groupBy(cells, ({ status, code }) => JSON.stringify([status, code]))
  return [...byKind.values()]
    .map((list) => {
      const { status, code } = list[0]!
      const lastId = list
        .map((cell) => cell.lastId)
        .reduce((one, other) => (one > other ? one : other))
      return { status, code, requests: countOf(list), lastId }
    })
    .toSorted((one, other) => other.requests - one.requests || one.status - other.status)
}

export const countOf = (cells: readonly { requests: number }[]): number =>
  cells.reduce((sum, { requests }) => sum + requests, 0)

export function presentFailures(
  query: TimeQuery,
  { starts, cells, latest }: Failures,
  tokenNames: TokenNames,
): z.output<typeof failuresAnswer> {
  const byBin = Map.groupBy(cells, ({ bin }) => bin)
  return {
    ...presentRange(query),
    total: countOf(cells),
    codes: kindsOf(cells).map((kind) => ({
      ...kind,
      lastAt: new Date(timeOfUuid(kind.lastId)).toISOString(),
    })),
    series: query.interval
      ? starts.map((startMs, bin) => {
          const inBin = byBin.get(bin) ?? []
          const codes = kindsOf(inBin).map(({ status, code, requests }) => ({
            status,
            code,
            requests,
          }))
          return { start: new Date(startMs).toISOString(), total: countOf(inBin), codes }
        })
      : null,
    latest: latest.map((row) => presentRequest(row, tokenNames)),
  }
}
