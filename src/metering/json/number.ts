/** The part of a JSON number read last. A number may end after zero, integer, fraction or exponent digits. */
export type NumberPart =
  | 'sign'
  | 'zero'
  | 'integer'
  | 'point'
  | 'fraction'
  | 'e'
  | 'eSign'
  | 'exponent'

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39

/** A hexadecimal digit, as in a `\u` escape. */
export const isHex = (byte: number): boolean =>
  isDigit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66)

/** The part that `byte` begins; null: no number starts with it. */
export function firstNumberPart(byte: number): NumberPart | null {
  if (byte === 0x2d) return 'sign'
  if (byte === 0x30) return 'zero'
  return isDigit(byte) ? 'integer' : null
}

/** The part that `byte` leads to; null: it does not belong to the number. */
export function nextNumberPart(part: NumberPart, byte: number): NumberPart | null {
  if (isDigit(byte)) {
    if (part === 'sign') return byte === 0x30 ? 'zero' : 'integer'
    if (part === 'point') return 'fraction'
    if (part === 'e' || part === 'eSign') return 'exponent'
    return part === 'zero' ? null : part
  }
  if (byte === 0x2e) return part === 'zero' || part === 'integer' ? 'point' : null
  if (byte === 0x65 || byte === 0x45) {
    return part === 'zero' || part === 'integer' || part === 'fraction' ? 'e' : null
  }
  if (byte === 0x2b || byte === 0x2d) return part === 'e' ? 'eSign' : null
  return null
}

export function mayEndAfter(part: NumberPart): boolean {
  return part === 'zero' || part === 'integer' || part === 'fraction' || part === 'exponent'
}
