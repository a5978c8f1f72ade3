import ipaddr from 'ipaddr.js'

/** A range as CIDR, or one address: `203.0.113.0/24`, `2001:db8::1`. Null: it is neither. */
export function rangeOf(text: string): string | null {
  if (ipaddr.isValidCIDR(text)) return text
  if (!ipaddr.isValid(text)) return null
  const address = ipaddr.process(text)
  return `${address.toString()}/${address.kind() === 'ipv6' ? 128 : 32}`
}

/** Whether an address is in one of the ranges. An IPv4 address in an IPv6 form (`::ffff:…`) counts as IPv4. */
export function isWithin(ranges: readonly string[], address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address)
  return ranges.some((range) => {
    const [network, bits] = ipaddr.parseCIDR(range)
    return network.kind() === parsed.kind() && parsed.match(network, bits)
  })
}
