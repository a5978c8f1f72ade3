import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { readSiteSettings } from '../../../src/env.ts'
import { api, envWith, fetchIn, fetchWorker, invite, memberOf, signUp } from '../world.ts'

const TEAM = 'https://team.cloudflareaccess.com'
const AUDIENCE = 'aud-of-this-deployment'
const env = envWith({ ACCESS_TEAM_DOMAIN: 'team.cloudflareaccess.com', ACCESS_AUD: AUDIENCE })
const good = await generateKeyPair('RS256', { extractable: true })
const other = await generateKeyPair('RS256', { extractable: true })

beforeEach(async () => {
  const keys = [{ ...(await exportJWK(good.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }]
  const realFetch = globalThis.fetch
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const url = input instanceof Request ? input.url : String(input)
    if (url === `${TEAM}/cdn-cgi/access/certs`) return Response.json({ keys })
    return realFetch(input, init)
  })
  vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(() => vi.restoreAllMocks())

interface Claims {
  email?: string
  issuer?: string
  audience?: string
  expires?: string
  key?: CryptoKey
}

async function tokenOf(claims: Claims = {}): Promise<string> {
  const { email = 'grace@example.com', issuer = TEAM, audience = AUDIENCE } = claims
  return new SignJWT({ email })
    .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime(claims.expires ?? '1h')
    .sign(claims.key ?? good.privateKey)
}

const visit = (
  path: string,
  token: string,
  form: Record<string, string> | null = null,
  settings = env,
): Promise<Response> =>
  fetchIn(settings, path, {
    redirect: 'manual',
    headers: { accept: 'text/html', 'cf-access-jwt-assertion': token },
    ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
  })

test('whom Access vouches for is let in by an invitation to that address, and by nothing else', async () => {
  const owner = await signUp('Ada')
  const token = await tokenOf({ email: 'Grace@Example.com' })

  expect((await visit('/integrate', token)).headers.get('location')).toBe(
    '/sign-in?to=%2Fintegrate',
  )
  const stranger = await (await visit('/sign-in', token)).text()
  expect(stranger).toContain('grace@example.com')
  expect(stranger).toContain('No member has this address')
  const refused = await visit('/access', token, { name: 'Grace' })
  expect([refused.status, await refused.text()]).toEqual([
    400,
    expect.stringContaining('You have no invitation yet'),
  ])

  await fetchWorker('/settings/members/invite', {
    method: 'POST',
    headers: { cookie: owner.cookie },
    body: new URLSearchParams({ role: 'member', email: 'grace@EXAMPLE.com' }),
  })
  const invited = await (await visit('/sign-in', token)).text()
  expect(invited).toContain('You are invited to the account Ada')
  expect((await visit('/access', token, { name: ' ' })).status).toBe(400)
  expect((await visit('/access', token, { name: 'Grace' })).headers.get('location')).toBe(
    '/integrate',
  )

  const page = await visit('/integrate', token)
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('Grace')])
  // What somebody types is for letters, and identifies nobody.
  await visit('/settings/me', token, { name: 'Grace H.', email: 'boss@example.com' })
  expect((await visit('/integrate', await tokenOf({ email: 'boss@example.com' }))).status).toBe(303)
  expect((await visit('/integrate', token)).status).toBe(200)
  expect((await visit('/sign-out', token, {})).headers.get('location')).toBe(
    '/cdn-cgi/access/logout',
  )
})

test.each<[string, Claims, string]>([
  ['another audience', { audience: 'another application' }, 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
  [
    'another team',
    { issuer: 'https://evil.cloudflareaccess.com' },
    'ERR_JWT_CLAIM_VALIDATION_FAILED',
  ],
  ['an old one', { expires: '-1m' }, 'ERR_JWT_EXPIRED'],
  ['another key', { key: other.privateKey }, 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED'],
  ['no address', { email: 'nobody' }, 'ZodError'],
])(
  'a token that Access has not given for this deployment says nothing: %s',
  async (_, claims, why) => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { cookie } = await signUp('Ada')
    await fetchWorker('/settings/me', {
      method: 'POST',
      headers: { cookie },
      body: new URLSearchParams({ name: 'Ada', email: 'ada@example.com' }),
    })
    const token = await tokenOf({ email: 'ada@example.com', ...claims })
    expect((await visit('/integrate', token)).status).toBe(303)
    const page = await (await visit('/sign-in', token)).text()
    expect(page).not.toContain('ada@example.com')
    expect(log).toHaveBeenCalledWith('Access token refused', why)
  },
)

test('an unsigned token says nothing', async () => {
  const encode = (value: object): string => btoa(JSON.stringify(value)).replaceAll('=', '')
  const token = `${encode({ alg: 'none' })}.${encode({ email: 'a@b.ch', iss: TEAM, aud: AUDIENCE })}.`
  expect(await (await visit('/sign-in', token)).text()).not.toContain('a@b.ch')
})

test('a deployment that does not trust Access takes no notice of its tokens', async () => {
  const page = await visit('/sign-in', await tokenOf(), null, envWith({}))
  expect(await page.text()).not.toContain('grace@example.com')
})

test('where sign-up is open, whom Access vouches for may make an account', async () => {
  const open = envWith({ ...env, SIGNUP: 'open' })
  const token = await tokenOf({ email: 'edsger@example.com' })
  expect(await (await visit('/sign-in', token, null, open)).text()).toContain('Create account')
  expect((await visit('/access', token, { name: 'Edsger' }, open)).status).toBe(303)
  const page = await (await visit('/integrate', token, null, open)).text()
  expect(page).toMatch(/sk-metrion-[0-9a-f]{32}/)
  // Once more changes nothing.
  await visit('/access', token, { name: 'Edsger' }, open)
  expect((await visit('/integrate', token, null, open)).status).toBe(200)
})

test('under Access nobody becomes somebody else by an address that they typed', async () => {
  const body = new URLSearchParams({
    code: await invite(),
    name: 'Mallory',
    email: 'boss@example.com',
  })
  const joined = await fetchIn(env, '/join', { method: 'POST', redirect: 'manual', body })
  expect(joined.status).toBe(303)
  expect((await visit('/integrate', await tokenOf({ email: 'boss@example.com' }))).status).toBe(303)
})

test('who has a session connects the address, and a link behind Access does it at once', async () => {
  const { cookie } = await signUp('Ada')
  const token = await tokenOf({ email: 'ada@corp.example' })
  const both = { cookie, 'cf-access-jwt-assertion': token, accept: 'text/html' }
  const settings = await fetchIn(env, '/settings', { headers: both })
  expect(await settings.text()).toContain('Link this address and sign in with Access')
  expect((await visit('/integrate', token)).status).toBe(303)
  await fetchIn(env, '/settings/me/access', { method: 'POST', redirect: 'manual', headers: both })
  expect((await visit('/integrate', token)).status).toBe(200)
  expect(await (await visit('/settings', token)).text()).not.toContain('Link this address')

  const other = await tokenOf({ email: 'bob@corp.example' })
  expect((await visit('/join', other, { code: await invite(), name: 'Bob' })).status).toBe(303)
  expect((await visit('/integrate', other)).status).toBe(200)
  expect((await memberOf({ cookie })).accessEmail).toBe('ada@corp.example')
})

test('half of the settings is refused, with what to do', () => {
  expect(() =>
    readSiteSettings(envWith({ ACCESS_TEAM_DOMAIN: 'team.cloudflareaccess.com' })),
  ).toThrow('set both')
  expect(() => readSiteSettings(envWith({ ACCESS_AUD: 'x' }))).toThrow('set both')
})

test('a session goes on where Access says nothing', async () => {
  const account = await signUp('Ada')
  expect((await memberOf(account)).name).toBe('Ada')
  const page = await fetchIn(env, '/integrate', { headers: { cookie: account.cookie } })
  expect(page.status).toBe(200)
  expect((await api(account, 'GET', '/tokens')).status).toBe(200)
})
