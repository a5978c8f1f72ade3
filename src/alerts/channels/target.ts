import ipaddr from 'ipaddr.js'

const MOST_CHARACTERS = 2_000
const LOCAL =
  /(^|\.)(localhost|localdomain|local|internal|intranet|lan|home|corp|svc|cluster|test|invalid|example|onion)$/
/** Names that stand for the address in them, and Azure's platform address, which is no private one. */
const NOT_PUBLIC = /(^|\.)(nip\.io|sslip\.io|xip\.io|localtest\.me|lvh\.me)$|^168\.63\.129\.16$/

/** Whether a host is reached over the public internet. Names that resolve to private addresses lead nowhere from Workers. */
function isPublic(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '')
  if (NOT_PUBLIC.test(host) || host.includes('..')) return false
  // Of IPv6, only what is assigned for the internet: no form that has an IPv4 address in it.
  if (ipaddr.IPv6.isValid(host))
    return /^[23]/.test(host) && ipaddr.parse(host).range() === 'unicast'
  if (ipaddr.isValid(host)) return ipaddr.parse(host).range() === 'unicast'
  return host.includes('.') && !LOCAL.test(host) && !host.endsWith('.home.arpa')
}

/** What is wrong with the address of a channel. Null: nothing. */
export function targetProblem(address: string, testOrigins: readonly string[]): string | null {
  if (address.length > MOST_CHARACTERS) return `use at most ${MOST_CHARACTERS} characters`
  if (!URL.canParse(address)) return 'use a URL such as https://hooks.example.org/metrion'
  const url = new URL(address)
  if (url.username !== '' || url.password !== '')
    return 'use a URL without a user name and password'
  if (testOrigins.includes(url.origin)) return null
  if (url.protocol !== 'https:') return 'use a URL that begins with https://'
  if (!isPublic(url.hostname)) return 'use a host that is reached over the public internet'
  return null
}

/** An address as people may see it: the host, and the last characters. The rest of Slack's addresses is a secret. */
export function shownTarget(address: string): string {
  const { host, pathname, search } = new URL(address)
  const rest = `${pathname}${search}`
  return rest.length <= 1 ? host : `${host}/…${rest.slice(-4)}`
}
