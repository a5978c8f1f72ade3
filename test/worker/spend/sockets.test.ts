import { expect, test } from 'vitest'
import { api, fetchWorker, makeAccount, rowsOf, type Account } from '../world.ts'
import { budgetOf, createBudget } from './world.ts'

interface Opened {
  socket: WebSocket
  heard: { type: string; code?: string; message?: string }[]
  closed: Promise<number>
  say: (event: object) => void
  until: (type: string, times?: number) => Promise<void>
}

async function open(account: Account, path: string): Promise<Opened | Response> {
  const response = await fetchWorker(`/api/proxy/grok/v1/${path}`, {
    headers: { upgrade: 'websocket', authorization: `Bearer ${account.token}` },
  })
  const socket = response.webSocket
  if (!socket) return response
  const heard: Opened['heard'] = []
  const closed = new Promise<number>((resolve) =>
    socket.addEventListener('close', ({ code }) => resolve(code)),
  )
  socket.addEventListener('message', ({ data }) => {
    if (typeof data === 'string') heard.push(JSON.parse(data) as Opened['heard'][number])
  })
  socket.accept()
  const count = (type: string): number => heard.filter((one) => one.type === type).length
  return {
    socket,
    heard,
    closed,
    say: (event) => socket.send(JSON.stringify(event)),
    until: (type, times = 1) => expect.poll(() => count(type)).toBeGreaterThanOrEqual(times),
  }
}

const opened = async (account: Account, path: string): Promise<Opened> => {
  const one = await open(account, path)
  if (one instanceof Response) throw new Error(await one.text())
  return one
}
const create = (changes: object = {}) => ({
  type: 'response.create',
  model: 'grok-4.3',
  input: 'Hello',
  ...changes,
})

test('each turn is counted, and one is refused when nothing is left', async () => {
  const account = await makeAccount()
  const { id } = await createBudget(account, { meter: 'requests', limit: 2, action: 'refuse' })
  const { say, until, heard, socket } = await opened(account, 'responses')
  for (const times of [1, 2]) {
    say(create())
    await until('response.completed', times)
    await expect.poll(async () => (await budgetOf(account, id)).state[0]?.spent).toBe(times)
  }
  say(create())
  await until('error')
  expect(heard.find(({ type }) => type === 'error')).toMatchObject({ code: 'budget_exceeded' })
  // The connection goes on.
  await api(account, 'PATCH', `/budgets/${id}`, { limit: 5 })
  say(create())
  await until('response.completed', 3)
  socket.close(1000)
  await rowsOf(account, 3)
  const refused = await open(account, 'responses')
  expect(refused instanceof Response).toBe(false)
})

test('a connection is refused when nothing is left', async () => {
  const account = await makeAccount()
  const { id } = await createBudget(account, { meter: 'requests', limit: 1, action: 'refuse' })
  const { say, until, socket } = await opened(account, 'responses')
  say(create())
  await until('response.completed')
  await expect.poll(async () => (await budgetOf(account, id)).state[0]?.spent).toBe(1)
  socket.close(1000)
  const refused = await open(account, 'responses')
  expect(refused instanceof Response && refused.status).toBe(429)
})

test('a turn that uses more than is left is stopped, and told', async () => {
  const account = await makeAccount()
  await createBudget(account, { meter: 'tokens', limit: 1_200, action: 'stop' })
  const { say, heard, until, closed } = await opened(account, 'responses')
  say(create({ model: 'endless' }))
  await until('error')
  expect(heard.at(-1)).toMatchObject({ type: 'error', code: 'budget_exceeded' })
  // This socket knows no event that cancels a turn: it is closed.
  expect(await closed).toBe(1008)
  const [row] = await rowsOf(account, 1)
  expect(row).toMatchObject({
    outcome: 'stopped',
    errorCode: 'budget_exceeded',
    costBasis: 'estimated',
  })
})

test('a turn of a voice conversation is cancelled, and the connection goes on', async () => {
  const account = await makeAccount()
  const { id } = await createBudget(account, { meter: 'tokens', limit: 2_000, action: 'stop' })
  const { say, until, heard, socket } = await opened(account, 'realtime?model=grok-voice')
  say(create({ model: 'endless' }))
  await until('error')
  expect(heard.find(({ type }) => type === 'error')).toMatchObject({ code: 'budget_exceeded' })
  await until('response.done')
  await api(account, 'PATCH', `/budgets/${id}`, { limit: 1_000_000 })
  // Longer than a turn that is not cancelled would be waited for.
  await scheduler.wait(5_500)
  say(create())
  await until('response.done', 2)
  socket.close(1000)
  const rows = await rowsOf(account, 2)
  expect(new Set(rows.map(({ outcome }) => outcome))).toEqual(new Set(['complete', 'stopped']))
})

test('turns one after the other need one slot', async () => {
  const account = await makeAccount()
  await api(account, 'PATCH', `/tokens/${account.tokenId}`, { concurrent: 1 })
  const { say, until, heard } = await opened(account, 'responses')
  for (const times of [1, 2, 3, 4]) {
    say(create())
    await until('response.completed', times)
  }
  expect(heard.filter(({ type }) => type === 'error')).toEqual([])
})
