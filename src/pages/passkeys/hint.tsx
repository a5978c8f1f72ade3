const IP_ADDRESS = /^(\d+\.\d+\.\d+\.\d+|\[[0-9a-f:.]+\])$/i

/** Where passkeys work on this machine, under a URL where they cannot; null: they can. */
function whereInstead(url: URL): string | null {
  if (!IP_ADDRESS.test(url.hostname)) return null
  const { protocol, port, pathname } = url
  return `${protocol}//localhost${port === '' ? '' : `:${port}`}${pathname}`
}

/**
 * Browsers make and use passkeys for a domain alone, never for an IP address
 * (https://www.w3.org/TR/webauthn-3/#relying-party-identifier).
 */
export function PasskeyHint({ url }: { url: string }) {
  const instead = whereInstead(new URL(url))
  if (instead === null) return null
  return (
    <p class="note bad" data-no-passkeys>
      Browsers refuse passkeys on an IP address. On this machine, open{' '}
      <a href={instead}>{instead}</a>; from another one, use a host name with https.
    </p>
  )
}
