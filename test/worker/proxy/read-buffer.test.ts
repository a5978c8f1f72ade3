import { expect, test } from 'vitest'
import { firstReadBuffer, nextReadBuffer } from '../../../src/proxy/relay/read-buffer.ts'

test('a read buffer grows while reads fill it, stays where they fit, and shrinks where they are small', () => {
  let space = firstReadBuffer()
  const sizes: number[] = []
  for (const bytes of [250, 4_096, 16_384, 65_536, 20_000, 4_096, 4_000, 250]) {
    space = nextReadBuffer(space.subarray(0, bytes))
    sizes.push(space.byteLength)
  }
  expect(sizes).toEqual([4_096, 16_384, 65_536, 65_536, 65_536, 65_536, 4_096, 4_096])
})

test('a read that fits leaves its buffer to the next', () => {
  const space = firstReadBuffer()
  expect(nextReadBuffer(space.subarray(0, 250)).buffer).toBe(space.buffer)
})
