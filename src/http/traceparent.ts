// https://www.w3.org/TR/trace-context/#traceparent-header-field-values
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/

export interface TraceParent {
  /** 32 hexadecimal digits. */
  traceId: string
  /** Of the caller's span: 16 hexadecimal digits. */
  spanId: string
}

/** What a caller's `traceparent` says. Null: there is none, or it is not valid, as the standard has it. */
export function readTraceParent(header: string | null): TraceParent | null {
  const [, version, traceId = '', spanId = '', rest] = TRACEPARENT.exec(header?.trim() ?? '') ?? []
  if (version === undefined || version === 'ff') return null
  // Version 00 has four parts; later ones may have more.
  if (version === '00' && rest !== undefined) return null
  return /[^0]/.test(traceId) && /[^0]/.test(spanId) ? { traceId, spanId } : null
}

/** As it is kept in a row until its span is sent: `TRACE-SPAN`, or '' for a span without a parent. */
export function traceContextOf(header: string | null): string {
  const parent = readTraceParent(header)
  return parent === null ? '' : `${parent.traceId}-${parent.spanId}`
}
