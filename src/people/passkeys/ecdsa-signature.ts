// Bytes of r and of s, by COSE's number of the curve:
// https://www.iana.org/assignments/cose/cose.xhtml#elliptic-curves
const COMPONENT_BYTES: Readonly<Record<number, number>> = { 1: 32, 2: 48, 3: 66 }
const SEQUENCE = 0x30
const INTEGER = 0x02

/**
 * Converts an ECDSA signature from an authenticator's DER, a sequence of two integers (RFC 3279 §2.2.3, X.690
 * §8 and §10.1), to Web Crypto's format, r and s side by side. Replaces the parser of `@simplewebauthn/server`,
 * a general one of 250 KB. Like that parser, it accepts integers that are longer than DER allows. Throws on
 * anything else.
 */
export function unwrapEC2Signature(signature: Uint8Array, curve: number): Uint8Array<ArrayBuffer> {
  const size = COMPONENT_BYTES[curve]
  if (size === undefined) throw new Error(`Cannot read a signature of the curve ${curve}`)
  const sequence = take(signature, SEQUENCE)
  const r = take(sequence.value, INTEGER)
  const s = take(r.rest, INTEGER)
  if (sequence.rest.length > 0 || s.rest.length > 0)
    throw new Error('Something follows a signature')
  const raw = new Uint8Array(2 * size)
  for (const [index, { value }] of [r, s].entries()) {
    const number = positive(value)
    if (number.length > size) throw new Error('A signature is too long for its curve')
    raw.set(number, (index + 1) * size - number.length)
  }
  return raw
}

/** One element of a type, and the bytes after it. */
function take(bytes: Uint8Array, type: number): { value: Uint8Array; rest: Uint8Array } {
  const [tag, short = 0, long = 0] = bytes
  // A length of 128 or more takes an extra byte; no signature of these curves is longer than 255 bytes.
  const isLong = short === 0x81 && long >= 0x80
  const length = isLong ? long : short
  const from = isLong ? 3 : 2
  if (tag !== type || (!isLong && short >= 0x80) || from + length > bytes.length)
    throw new Error('A signature is not in DER')
  return { value: bytes.subarray(from, from + length), rest: bytes.subarray(from + length) }
}

/** Removes leading zeros. A value with a high bit and no zero is read as positive, since r and s are positive. */
function positive(integer: Uint8Array): Uint8Array {
  const from = integer.findIndex((byte) => byte !== 0)
  return from < 0 ? integer.subarray(0, 0) : integer.subarray(from)
}
