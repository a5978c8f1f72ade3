import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'

/** The site that passkeys belong to: this deployment's host. */
export interface Site {
  origin: string
  rpId: string
}

export const siteOf = (url: string): Site => {
  const { origin, hostname } = new URL(url)
  return { origin, rpId: hostname }
}

export interface NewPasskey {
  id: string
  /** COSE, base64url. */
  publicKey: string
  counter: number
  transports: string[]
}

type RegistrationOptions = Awaited<ReturnType<typeof generateRegistrationOptions>>
type AuthenticationOptions = Awaited<ReturnType<typeof generateAuthenticationOptions>>
type RegistrationResponse = Parameters<typeof verifyRegistrationResponse>[0]['response']
type AuthenticationResponse = Parameters<typeof verifyAuthenticationResponse>[0]['response']

/** The browser's options for creating a passkey: discoverable without a user name, with user verification. */
export async function registrationOptions(
  site: Site,
  member: { id: string; name: string },
  known: readonly Pick<NewPasskey, 'id' | 'transports'>[],
): Promise<RegistrationOptions> {
  return generateRegistrationOptions({
    rpName: 'Metrion',
    rpID: site.rpId,
    userName: member.name,
    userID: new Uint8Array(new TextEncoder().encode(member.id)),
    attestationType: 'none',
    excludeCredentials: [...known],
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  })
}

/** Null: the response does not verify. */
export async function readRegistration(
  site: Site,
  challenge: string,
  response: RegistrationResponse,
): Promise<NewPasskey | null> {
  const result = await verifyRegistrationResponse({
    response,
    expectedChallenge: challenge,
    expectedOrigin: site.origin,
    expectedRPID: site.rpId,
  }).catch(() => null)
  if (!result?.verified) return null
  const { id, publicKey, counter, transports } = result.registrationInfo.credential
  const encoded = publicKey.toBase64({ alphabet: 'base64url', omitPadding: true })
  return { id, publicKey: encoded, counter, transports: transports ?? [] }
}

/** Lists no passkeys: the browser offers those it has, and the response says which one was used. */
export async function authenticationOptions(site: Site): Promise<AuthenticationOptions> {
  return generateAuthenticationOptions({ rpID: site.rpId, userVerification: 'required' })
}

/** The passkey's new counter. Null: the response does not verify. */
export async function readAuthentication(
  site: Site,
  challenge: string,
  response: AuthenticationResponse,
  passkey: NewPasskey,
): Promise<number | null> {
  const { id, counter, transports } = passkey
  const publicKey = Uint8Array.fromBase64(passkey.publicKey, { alphabet: 'base64url' })
  const result = await verifyAuthenticationResponse({
    response,
    expectedChallenge: challenge,
    expectedOrigin: site.origin,
    expectedRPID: site.rpId,
    credential: { id, publicKey, counter, transports },
  }).catch(() => null)
  return result?.verified ? result.authenticationInfo.newCounter : null
}
