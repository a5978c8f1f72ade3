import { createRemoteJWKSet, errors, jwtVerify, type JWTVerifyGetKey } from 'jose'
import * as z from 'zod'
import { readSiteSettings, type AccessSettings, type Env } from '../../env.ts'

/** Set by Cloudflare Access on what it lets through; forged ones do not verify. */
const HEADER = 'cf-access-jwt-assertion'
const keySets = new Map<string, JWTVerifyGetKey>()

const claims = z.object({ email: z.email().toLowerCase() })

/**
 * The address that Cloudflare Access vouches for, in lower case. Null: this deployment does not trust
 * Access, or the request did not come through it.
 */
export async function accessEmail(env: Env, headers: Headers): Promise<string | null> {
  const { access } = readSiteSettings(env)
  const token = headers.get(HEADER)
  if (access === null || token === null) return null
  try {
    const { payload } = await jwtVerify(token, keysOf(access), {
      issuer: access.teamOrigin,
      audience: access.audience,
      algorithms: ['RS256'],
    })
    return claims.parse(payload).email
  } catch (error) {
    // jose takes the names of its errors from their classes, which are shortened in what is deployed.
    const known = error instanceof errors.JOSEError ? error.code : null
    console.error('Access token refused', known ?? (error instanceof Error ? error.name : ''))
    return null
  }
}

function keysOf({ teamOrigin }: AccessSettings): JWTVerifyGetKey {
  const known = keySets.get(teamOrigin)
  if (known) return known
  const keys = createRemoteJWKSet(new URL(`${teamOrigin}/cdn-cgi/access/certs`))
  keySets.set(teamOrigin, keys)
  return keys
}
