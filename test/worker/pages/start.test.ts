import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { uuidv7 } from '../../../src/http/uuid.ts'
import { writeMessages } from '../../../src/ledger/store.ts'
import { MOST_CHOICES } from '../../../src/reports/requests/choices-store.ts'
import { entry, messagesOf } from '../ledger/messages.ts'
import { fetchWorker, makeAccount, memberOf, signUp } from '../world.ts'

const NOW = Date.now()
const PAGE = { accept: 'text/html' }

async function read(path: string, cookie: string): Promise<string> {
  return (await fetchWorker(path, { headers: { ...PAGE, cookie } })).text()
}

async function homeOf(cookie: string): Promise<string | null> {
  const response = await fetchWorker('/', { headers: { cookie }, redirect: 'manual' })
  return response.headers.get('location')
}

async function write(accountId: string, labels: readonly string[]): Promise<void> {
  const entries = labels.map((label) => entry({ accountId, label, atMs: NOW, id: uuidv7(NOW) }))
  for (let at = 0; at < entries.length; at += 100)
    await writeMessages(env.LEDGER, messagesOf(entries.slice(at, at + 100)), NOW)
}

test('a new account sees its first steps, and a sample', async () => {
  const { cookie } = await signUp()
  expect(await homeOf(cookie)).toBe('/integrate')
  const page = await read('/dashboard', cookie)
  expect(page).toContain('Sample data')
  expect(page).toContain('0 of 5 done')
})

test('a step that is done is crossed off, and the sample goes with the first request', async () => {
  const account = await makeAccount()
  const { accountId } = await memberOf(account)
  expect(await read('/integrate', account.cookie)).toContain('1 of 5 done')
  await write(accountId, ['ada'])
  const page = await read('/dashboard', account.cookie)
  expect(page).toContain('2 of 5 done')
  expect(page).not.toContain('Sample data')
  expect(await homeOf(account.cookie)).toBe('/dashboard')
})

test('an account whose requests are all older than the retention period is not new', async () => {
  const account = await makeAccount()
  const { accountId } = await memberOf(account)
  await write(accountId, ['ada'])
  await env.LEDGER.prepare('DELETE FROM requests WHERE account_id = ?').bind(accountId).run()
  expect(await homeOf(account.cookie)).toBe('/dashboard')
  expect(await read('/dashboard', account.cookie)).not.toContain('Sample data')
})

test('who signs in through Cloudflare Access needs no passkey', async () => {
  const account = await makeAccount()
  const { id } = await memberOf(account)
  await env.DB.prepare('UPDATE members SET access_email = ? WHERE id = ?')
    .bind(`${id}@example.org`, id)
    .run()
  expect(await read('/integrate', account.cookie)).toContain('1 of 4 done')
})

test('steps that only owners can take are not told to others', async () => {
  const account = await makeAccount()
  const { id } = await memberOf(account)
  await env.DB.prepare("UPDATE members SET role = 'member' WHERE id = ?").bind(id).run()
  expect(await read('/integrate', account.cookie)).toContain('1 of 3 done')
})

test('the palette says when it has not all names, and finds the others by their start', async () => {
  const account = await makeAccount()
  const { accountId } = await memberOf(account)
  const names = Array.from({ length: MOST_CHOICES + 5 }, (_, at) => `user-${1_000 + at}`)
  await write(accountId, [...names, 'Zoë', 'zz%'])
  const { targets, isComplete } = JSON.parse(await read('/frame/palette', account.cookie)) as {
    targets: { title: string }[]
    isComplete: boolean
  }
  expect(isComplete).toBe(false)
  expect(targets.map(({ title }) => title)).not.toContain('zz%')
  const found = async (prefix: string): Promise<string[]> => {
    const path = `/frame/names?${new URLSearchParams({ prefix }).toString()}`
    const list = JSON.parse(await read(path, account.cookie)) as { title: string }[]
    return list.map(({ title }) => title)
  }
  expect(await found('zz')).toEqual(['zz%'])
  expect(await found('user-120')).toEqual([
    'user-1200',
    'user-1201',
    'user-1202',
    'user-1203',
    'user-1204',
  ])
  expect(await found('%')).toEqual([])
  const other = await makeAccount()
  expect(await read('/frame/names?prefix=user', other.cookie)).toBe('[]')
})

test('a key that xAI rejects is corrected where it was typed', async () => {
  const { cookie } = await signUp()
  const body = new URLSearchParams({ key: 'xai-bad-0123456789', back: '/settings/security' })
  const response = await fetchWorker('/integrate/key', {
    method: 'POST',
    headers: { ...PAGE, cookie },
    body,
  })
  const page = await response.text()
  expect(response.status).toBe(400)
  expect(page).toContain('Security · Settings')
  expect(page).toContain('value="xai-bad-0123456789"')
})

test('error pages keep the pages of the account in reach', async () => {
  const { cookie } = await signUp()
  expect(await read('/limits/none', cookie)).toContain('href="/dashboard"')
  expect(await read('/dashboard?from=nonsense', cookie)).toContain('href="/logs"')
})
