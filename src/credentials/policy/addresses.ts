import ipaddr from 'ipaddr.js'

/**
 * A range as CIDR, or one address: `203.0.113.0/24`, `2001:db8::1`. Null: it is neither. Short and octal forms of
 * IPv4 (`10/8`, `010.0.0.7`) and zones are refused, since people and programs read them differently.
 */
export function rangeOf(text: string): string | null {
  const [address = '', bits, ...rest] = text.split('/')
  if (rest.length > 0 || !isPlain(address)) return null
  const parsed = ipaddr.parse(address)
  // The address of a request is compared as IPv4, so that a range of this form would match nothing.
  if (parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress())
    return bits === undefined ? `${parsed.toIPv4Address().toString()}/32` : null
  const mostBits = parsed.kind() === 'ipv6' ? 128 : 32
  if (bits === undefined) return `${parsed.toString()}/${mostBits}`
  const isValid = /^\d{1,3}$/.test(bits) && Number(bits) <= mostBits
  return isValid ? `${parsed.toString()}/${Number(bits)}` : null
}

const isPlain = (address: string): boolean =>
  ipaddr.IPv4.isValidFourPartDecimal(address) ||
  (address.includes(':') && !address.includes('%') && ipaddr.IPv6.isValid(address))

/** Whether an address is in one of the ranges. An IPv4 address in an IPv6 form (`::ffff:…`) counts as IPv4. */
export function isWithin(ranges: readonly string[], address: string): boolean {
  if (!isPlain(address)) return false
  const parsed = ipaddr.process(address)
  return ranges.some((range) => {
    const [network, bits] = ipaddr.parseCIDR(range)
    return network.kind() === parsed.kind() && parsed.match(network, bits)
  })
}
