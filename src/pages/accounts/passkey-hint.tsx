const IP_ADDRESS = /^(\d+\.\d+\.\d+\.\d+|\[[0-9a-f:.]+\])$/i

/** The localhost URL on which passkeys work, if the host of `url` is an IP address. Null: passkeys work on `url`. */
function whereInstead(url: URL): string | null {
  if (!IP_ADDRESS.test(url.hostname)) return null
  const { protocol, port, pathname } = url
  return `${protocol}//localhost${port === '' ? '' : `:${port}`}${pathname}`
}

/**
 * Browsers create and use passkeys for domain names only, never for IP addresses
 * (https://www.w3.org/TR/webauthn-3/#relying-party-identifier).
 */
export function PasskeyHint({ url }: { url: string }) {
  const instead = whereInstead(new URL(url))
  if (instead === null) return null
  return (
    <p class="note bad" data-no-passkeys>
      Passkeys do not work on an IP address. On this machine, open <a href={instead}>{instead}</a>.
      From another machine, use a host name with https.
    </p>
  )
}
