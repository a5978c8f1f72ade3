import { expect, test } from 'vitest'
import { unwrapEC2Signature } from '../../../src/people/passkeys/ecdsa-signature.ts'

/** DER of an integer: as short as can be, and never with a high bit that would be a sign. */
function integer(bytes: Uint8Array): number[] {
  const from = bytes.findIndex((byte) => byte !== 0)
  const short = from < 0 ? [0] : [...bytes.subarray(from)]
  const value = short[0]! >= 0x80 ? [0, ...short] : short
  return [0x02, value.length, ...value]
}

function der(raw: Uint8Array): Uint8Array {
  const half = raw.length / 2
  const body = [...integer(raw.subarray(0, half)), ...integer(raw.subarray(half))]
  const length = body.length >= 0x80 ? [0x81, body.length] : [body.length]
  return Uint8Array.from([0x30, ...length, ...body])
}

test.each([
  ['P-256', 1],
  ['P-384', 2],
  ['P-521', 3],
] as const)(
  'signatures of %s are taken apart as Web Crypto wants them',
  async (namedCurve, curve) => {
    const algorithm = { name: 'ECDSA', namedCurve }
    const keys = (await crypto.subtle.generateKey(algorithm, true, [
      'sign',
      'verify',
    ])) as CryptoKeyPair
    const data = new Uint8Array([1, 2, 3])
    const signing = { name: 'ECDSA', hash: 'SHA-256' }
    for (let times = 0; times < 40; times++) {
      const raw = new Uint8Array(await crypto.subtle.sign(signing, keys.privateKey, data))
      const unwrapped = unwrapEC2Signature(der(raw), curve)
      expect(unwrapped).toEqual(raw)
      expect(await crypto.subtle.verify(signing, keys.publicKey, unwrapped, data)).toBe(true)
    }
    const size = unwrapEC2Signature(der(new Uint8Array(2)), curve).length
    for (const small of [0, 1, 0x7f, 0x80, 0xff]) {
      const raw = new Uint8Array(size)
      raw[size / 2 - 1] = small
      raw[size / 2] = 0xff
      expect(unwrapEC2Signature(der(raw), curve)).toEqual(raw)
    }
  },
)

const ONE = [0x02, 0x01, 0x01]

test.each([
  ['nothing', []],
  ['another type', [0x31, 6, ...ONE, ...ONE]],
  ['a length beyond its end', [0x30, 7, ...ONE, ...ONE]],
  ['something behind it', [0x30, 6, ...ONE, ...ONE, 0]],
  ['something inside of it', [0x30, 9, ...ONE, ...ONE, ...ONE]],
  ['one part alone', [0x30, 3, ...ONE]],
  ['a part that is no integer', [0x30, 6, ...ONE, 0x04, 0x01, 0x01]],
  ['a long length for a short one', [0x30, 0x81, 6, ...ONE, ...ONE]],
  ['a length without an end', [0x30, 0x80, ...ONE, ...ONE, 0, 0]],
  ['a part too long for its curve', [0x30, 38, 0x02, 33, 1, ...Array<number>(32).fill(1), ...ONE]],
])('%s is no signature', (_, bytes) => {
  expect(() => unwrapEC2Signature(Uint8Array.from(bytes), 1)).toThrow()
})

test('parts that are longer or shorter than DER has them are taken as they were meant', () => {
  const signature = [0x30, 9, 0x02, 0x03, 0x00, 0x00, 0x01, 0x02, 0x02, 0x80, 0x05]
  const raw = unwrapEC2Signature(Uint8Array.from(signature), 1)
  expect([raw[31], raw[62], raw[63]]).toEqual([1, 0x80, 0x05])
})

test('of another curve there is none', () => {
  expect(() => unwrapEC2Signature(der(new Uint8Array(64)), 8)).toThrow('curve 8')
})
