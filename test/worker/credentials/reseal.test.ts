import { env } from 'cloudflare:workers'
import { expect, test, vi } from 'vitest'
import { CRONS } from '../../../src/ledger/crons.ts'
import { hashSecret } from '../../../src/credentials/seal/hash.ts'
import { readMasterKeyState, resealSecrets } from '../../../src/credentials/seal/job.ts'
import { CURRENT_SQL } from '../../../src/credentials/seal/sealed.ts'
import { untilDone } from '../turns.ts'
import { runJobs } from '../../../src/jobs/run.ts'
import { revealTokens } from '../../../src/credentials/tokens/reveal-store.ts'
import { api, chatInit, envWith, fetchIn, makeAccount, memberOf } from '../world.ts'

const NEW = `n:${new Uint8Array(32).fill(5).toBase64()}`
const rotated = envWith({ MASTER_KEYS: `${NEW},${env.MASTER_KEYS}` })
const many = { ...rotated, PLAN: 'paid' }
const dropped = envWith({ MASTER_KEYS: NEW })
const PATH = '/api/proxy/grok/v1/chat/completions'

test(
  'a master key is rotated: nothing is dropped before all is sealed anew, and all works after it',
  { timeout: 60_000 },
  async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const account = await makeAccount()
    const member = await memberOf(account)
    // More than one run seals.
    for (let made = 0; made < 60; made++)
      await api(account, 'POST', '/tokens', { name: `t${made}` })
    const texts = (await revealTokens(env, member)).map(({ token }) => token)

    // Whoever drops the old one now is told, by the health page and by whoever watches it.
    const early = await fetchIn(dropped, '/healthz')
    expect(early.status).toBe(503)
    expect(await early.json()).toMatchObject({ ok: false, checks: { MASTER_KEYS: { ok: false } } })
    const health = await fetchIn(rotated, '/health', { headers: { cookie: account.cookie } })
    const before = await health.text()
    expect(before).toContain('keep it until none are left')
    expect((await fetchIn(rotated, '/healthz')).status).toBe(200)

    await resealSecrets(rotated, Date.now())
    expect((await readMasterKeyState(rotated)).inUse.length).toBeGreaterThan(1)
    for (let runs = 0; runs < 20; runs++) await runJobs(CRONS.often, rotated, Date.now())
    const { inUse, current } = await readMasterKeyState(rotated)
    expect([current, inUse.map(({ version }) => version)]).toEqual(['n', ['n']])
    expect(await env.DB.prepare(CURRENT_SQL).first('version')).toBe('n')
    const after = await fetchIn(rotated, '/health', { headers: { cookie: account.cookie } })
    expect(await after.text()).toContain('you can remove it from MASTER_KEYS')

    // And then it can go.
    expect((await revealTokens(dropped, member)).map(({ token }) => token)).toEqual(texts)
    expect((await fetchIn(dropped, PATH, chatInit(account.token))).status).toBe(200)
    expect((await fetchIn({ ...dropped }, '/healthz')).status).toBe(200)
    // Back to where the other tests are.
    const back = envWith({ MASTER_KEYS: `${env.MASTER_KEYS},${NEW}` })
    await untilDone(() => resealSecrets(back, Date.now()))
    vi.restoreAllMocks()
  },
)

test('KV that has a key of a version that is gone is not believed', async () => {
  const account = await makeAccount()
  const member = await memberOf(account)
  const entry = {
    accountId: member.accountId,
    tokenId: account.tokenId,
    scope: 'all',
    sealedKey: `m1.gone.${'A'.repeat(16)}.AAAA`,
    checkedAtMs: Date.now(),
  }
  await env.TOKENS.put(`token:${await hashSecret(account.token)}`, JSON.stringify(entry))
  expect((await fetchIn(env, PATH, chatInit(account.token))).status).toBe(200)
})

test('what does not open holds up nothing else, and a version that is gone leaves nothing behind', async () => {
  const account = await makeAccount()
  for (let made = 0; made < 3; made++) await api(account, 'POST', '/tokens', { name: `t${made}` })
  await env.DB.prepare(`UPDATE tokens SET sealed = sealed || 'AAAA' WHERE id = ?1`)
    .bind(account.tokenId)
    .run()
  for (let runs = 0; runs < 5; runs++)
    await expect(resealSecrets(many, Date.now())).rejects.toThrow('do not open: 1')
  const { inUse } = await readMasterKeyState(rotated)
  expect(inUse.find(({ version }) => version !== 'n')).toMatchObject({ tokens: 1, keys: 0 })
  await env.DB.prepare('DELETE FROM tokens WHERE id = ?1').bind(account.tokenId).run()
  await resealSecrets(dropped, Date.now())
  const { results } = await env.DB.prepare('SELECT version FROM canaries').all()
  expect(results).toEqual([{ version: 'n' }])
})
