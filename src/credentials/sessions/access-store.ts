import { createRemoteJWKSet, errors, jwtVerify, type JWTVerifyGetKey } from 'jose'
import * as z from 'zod'
import { readSiteSettings, type AccessSettings, type Env } from '../../env.ts'

/** Cloudflare Access sets it on requests that it lets through. A forged one fails verification. */
const HEADER = 'cf-access-jwt-assertion'
const keySets = new Map<string, JWTVerifyGetKey>()

const claims = z.object({ email: z.email().toLowerCase() })

/**
 * The e-mail address from Cloudflare Access, in lower case. Null: this deployment does not trust Access, or the
 * request has no valid Access token.
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
    // jose names its errors after their classes, and deployed class names are minified: log the code.
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
