const FIRST_BYTES = 4_096
const FULL_BYTES = 65_536

export const firstReadBuffer = (): Uint8Array => new Uint8Array(FIRST_BYTES)

/** Whether a read filled its buffer, so that there is probably more behind it. */
export const isFull = ({ buffer, length }: Uint8Array): boolean => length === buffer.byteLength

/**
 * The buffer for the next read, once the bytes of the last one are not needed any more: the same buffer, as
 * long as its size fits. A new buffer for each read would wake the garbage collector; one that a burst has
 * enlarged would hold memory, twice, for as long as the stream lasts.
 */
export function nextReadBuffer(read: Uint8Array): Uint8Array {
  const { buffer } = read
  const size = buffer.byteLength
  if (isFull(read) && size < FULL_BYTES) return new Uint8Array(Math.min(FULL_BYTES, size * 4))
  if (read.length * 16 < size && size > FIRST_BYTES) return firstReadBuffer()
  return new Uint8Array(buffer)
}
