import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import { writeMessages } from '../../../src/ledger/store.ts'
import { noting, type Read } from '../entries/noting.ts'
import { entry, messagesOf } from '../ledger/messages.ts'
import { foldAll } from '../turns.ts'
import { envWith, fetchIn, makeAccount, memberOf } from '../world.ts'

const account = await makeAccount()
const { accountId } = await memberOf(account)
const DAY = 86_400_000
const NOW = Date.now()

// As many requesters, models and days as a page can tell apart, and more.
beforeAll(async () => {
  const entries = Array.from({ length: 2_400 }, (_, n) =>
    entry({
      accountId,
      atMs: NOW - (n % 30) * DAY - (n % 24) * 3_600_000 - 1_000,
      label: `user-${n % 400}`,
      session: n % 2 === 0 ? `session-${n % 300}` : null,
      model: `model-${n % 12}`,
      firstByteMs: 100 + ((n * 37) % 3_000),
      totalMs: 500 + ((n * 91) % 60_000),
      ...(n % 9 === 0 ? { status: 429, errorCode: `code-${n % 5}` } : {}),
    }),
  )
  for (let at = 0; at < entries.length; at += 200)
    await writeMessages(env.LEDGER, messagesOf(entries.slice(at, at + 200)), NOW)
  await foldAll(env.LEDGER, NOW)
})

/**
 * Each value of D1's answers becomes one of JavaScript's, and each answer is a turn of it: on Free, a page has 10 ms.
 * The bounds are what pages read now, and a tenth more.
 */
test.each([
  ['/dashboard?range=1h', 500, 24],
  ['/dashboard?range=24h', 1_700, 24],
  ['/dashboard?range=30d', 3_500, 24],
  ['/dashboard?range=30d&requester=user-0', 360, 24],
  ['/dashboard/errors?range=30d', 60, 7],
  ['/dashboard/latency?range=30d', 1_040, 10],
  ['/logs', 4_200, 6],
  ['/logs?range=30d&sort=cost', 4_200, 6],
  ['/sessions?range=30d', 1_000, 4],
])('%s reads at most %d values in %d queries of the ledger', async (path, values, queries) => {
  const read: Read[] = []
  const response = await fetchIn(envWith({ LEDGER: noting(env.LEDGER, read) }), path, {
    headers: { cookie: `${account.cookie}; zone=Europe/Zurich`, accept: 'text/html' },
  })
  expect(response.status).toBe(200)
  await response.text()
  const sum = read.reduce((total, one) => total + one.values, 0)
  console.log(path, sum, read.length)
  expect(sum).toBeGreaterThan(0)
  expect(sum).toBeLessThanOrEqual(values)
  expect(read.length).toBeLessThanOrEqual(queries)
})
