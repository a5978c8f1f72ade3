const FIRST_BYTES = 4_096
const FULL_BYTES = 65_536

/** Where the first read goes. */
export const firstReadBuffer = (): Uint8Array => new Uint8Array(FIRST_BYTES)

/** Whether a read came back full, so that there is probably more behind it. */
export const isFull = ({ buffer, length }: Uint8Array): boolean => length === buffer.byteLength

/**
 * Where the next read goes, once nobody needs the bytes of the last one: the same buffer, for as long as
 * its size is right. A buffer for each read is what would wake the garbage collector; one that a burst has
 * left large is memory held, twice, for as long as the stream lasts.
 */
export function nextReadBuffer(read: Uint8Array): Uint8Array {
  const { buffer } = read
  const size = buffer.byteLength
  if (isFull(read) && size < FULL_BYTES) return new Uint8Array(Math.min(FULL_BYTES, size * 4))
  if (read.length * 16 < size && size > FIRST_BYTES) return firstReadBuffer()
  return new Uint8Array(buffer)
}
