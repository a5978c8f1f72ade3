import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'

/** The site that passkeys belong to: this deployment's own name. */
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

/** What a browser needs in order to make a passkey: found without a name, and unlocked by its owner. */
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

/** Null: not what was asked for. */
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

/** Without a list of passkeys: the browser offers those it has, and the answer says whose it is. */
export async function authenticationOptions(site: Site): Promise<AuthenticationOptions> {
  return generateAuthenticationOptions({ rpID: site.rpId, userVerification: 'required' })
}

/** The passkey's new counter; null where the answer does not prove it. */
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
