import { asObject } from '../../metering/counts.ts'
import { asString, type Usage } from '../../metering/usage.ts'

export type Data = string | ArrayBuffer

export const isOfResponse = (type: string): boolean => type.startsWith('response.')

const responseOf = (event: unknown): Record<string, unknown> | null =>
  asObject(asObject(event)?.['response'])

export const hasUsage = (event: unknown): boolean => asObject(responseOf(event)?.['usage']) !== null

export const responseIdOf = (event: unknown): string | null =>
  asString(responseOf(event)?.['id']) ?? asString(asObject(event)?.['response_id'])

export const modelOf = (event: unknown): string | null =>
  asString(responseOf(event)?.['model']) ?? asString(asObject(event)?.['model'])

/** Whether the usage of a turn is known. */
export const isTold = ({ counts, units, reportedTicks }: Usage): boolean =>
  counts !== null || units !== null || reportedTicks !== null

const decoder = new TextDecoder()
const BRACE = 0x7b
const BOM_OR_SPACE: ReadonlySet<number> = new Set([0xef, 0xbb, 0xbf, 0x20, 0x09, 0x0a, 0x0d])

/** Null: audio. Events may come in binary frames, as UTF-8. */
export function textOf(data: Data): string | null {
  if (typeof data === 'string') return data.startsWith('\uFEFF') ? data.slice(1) : data
  const bytes = new Uint8Array(data)
  const first = bytes.find((byte) => !BOM_OR_SPACE.has(byte))
  return first === BRACE ? decoder.decode(bytes) : null
}

/** Null: not JSON, or not an object. */
export function parse(text: string): unknown {
  try {
    return asObject(JSON.parse(text))
  } catch {
    return null
  }
}
