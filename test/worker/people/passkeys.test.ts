import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { addPasskey, listPasskeys } from '../../../src/people/passkeys/store.ts'
import { api, fetchWorker, memberOf, signUp } from '../world.ts'

interface Person {
  cookie: string
}

/** Gives a member a passkey of this name. Its id. */
async function addKey(person: Person, name: string): Promise<string> {
  const id = crypto.randomUUID()
  const passkey = { id, publicKey: 'x', counter: 0, transports: [] }
  await addPasskey(env.DB, await memberOf(person), passkey, name, Date.now())
  return id
}

/** Removes a passkey on the page; what the page says of it. */
async function remove(person: Person, id: string): Promise<string | null> {
  const response = await fetchWorker(`/settings/passkeys/${id}/remove`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: person.cookie, accept: 'text/html' },
  })
  expect(response.status).toBe(303)
  return new URL(response.headers.get('location')!, 'https://x').searchParams.get('notice')
}

const namesOf = async (person: Person): Promise<string[]> =>
  (await listPasskeys(env.DB, (await memberOf(person)).id)).map(({ name }) => name).toSorted()

/** Somebody else in the same account. */
async function colleagueOf(person: Person): Promise<Person> {
  const invited = await fetchWorker('/settings/members/invite', {
    method: 'POST',
    headers: { cookie: person.cookie },
    body: new URLSearchParams({ role: 'member' }),
  })
  const code = /\/join#code=([\w-]+)/.exec(await invited.text())![1]!
  const joined = await api(null, 'POST', '/session', { code, name: 'Bob' })
  return { cookie: joined.headers.get('set-cookie')!.split(';')[0]! }
}

test('a member’s only passkey stays, and the page says why', async () => {
  const ada = await signUp('Ada')
  const id = await addKey(ada, 'only')
  expect(await remove(ada, id)).toBe('last')
  expect(await namesOf(ada)).toEqual(['only'])
  const headers = { cookie: ada.cookie, accept: 'text/html' }
  const html = await (await fetchWorker('/settings?notice=last', { headers })).text()
  expect(html).toContain('You cannot remove your only passkey. Add another one first.')
  const audit = await (await fetchWorker('/settings/audit', { headers })).text()
  expect(audit).toContain('added the passkey')
  expect(audit).not.toContain('removed the passkey')
})

test('of two passkeys one goes, and then the other stays', async () => {
  const ada = await signUp('Ada')
  const [first, second] = [await addKey(ada, 'first'), await addKey(ada, 'second')]
  expect(await remove(ada, first)).toBe('removed')
  expect(await remove(ada, second)).toBe('last')
  expect(await namesOf(ada)).toEqual(['second'])
})

test('of two passkeys that are removed at the same moment, one stays', async () => {
  const ada = await signUp('Ada')
  const ids = [await addKey(ada, 'first'), await addKey(ada, 'second')]
  const notices = await Promise.all(ids.map((id) => remove(ada, id)))
  expect(new Set(notices)).toEqual(new Set(['last', 'removed']))
  expect(await namesOf(ada)).toHaveLength(1)
})

test('a colleague’s passkeys are no way in for others, nor theirs to remove', async () => {
  const ada = await signUp('Ada')
  const bob = await colleagueOf(ada)
  const only = await addKey(ada, 'only')
  const theirs = [await addKey(bob, 'one'), await addKey(bob, 'two')]
  expect(await remove(ada, only)).toBe('last')
  expect(await remove(ada, theirs[0]!)).toBe('last')
  // Not with several of one’s own, either.
  await addKey(ada, 'another')
  expect(await remove(ada, theirs[0]!)).toBe('last')
  expect(await namesOf(ada)).toEqual(['another', 'only'])
  expect(await namesOf(bob)).toEqual(['one', 'two'])
})
