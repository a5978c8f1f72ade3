/** UUIDv7 (RFC 9562): milliseconds first, so that IDs sort by time, then 74 random bits. */
export function uuidv7(nowMs: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  new DataView(bytes.buffer).setUint16(0, Math.floor(nowMs / 2 ** 32))
  new DataView(bytes.buffer).setUint32(2, nowMs % 2 ** 32)
  bytes[6] = (bytes[6]! & 0x0f) | 0x70
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toHex()
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-')
}

/** The time of a UUIDv7, in milliseconds. */
export const timeOfUuid = (id: string): number =>
  Number.parseInt(id.replace('-', '').slice(0, 12), 16)

/** The smallest UUIDv7 of a moment: IDs of that moment or later are not below it. */
export function firstUuid(ms: number): string {
  const hex = ms.toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}
