import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { script, seenBy } from '../xai/client.ts'
import { json } from '../xai/reply.ts'
import { rowOf } from './operator.ts'
import { operator, token, workerUrl, xaiUrl, XAI_KEY } from './world.ts'

// Not of a shape that looks like a secret, so that only knowing it can keep it out.
const OWN_KEY = 'planted=pass/through+key'
const PROMPT = 'planted-prompt-of-a-person'
const ANSWER = 'planted-answer-of-a-model'
const COOKIE = 'planted-cookie-of-the-caller'

const body = JSON.stringify({ model: 'grok-4.3', messages: [{ role: 'user', content: PROMPT }] })

async function post(headers: Record<string, string>, text = body): Promise<Response> {
  return fetch(`${workerUrl}/api/proxy/grok/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie: `x=${COOKIE}`, ...headers },
    body: text,
  })
}

test('no key, token, cookie, prompt or answer is in a row, in a file of the Worker or in its log', async () => {
  const stored = { authorization: `Bearer ${token}` }
  const passed = { authorization: `Bearer ${OWN_KEY}`, 'x-metrion-token': token }
  const answered = await script(xaiUrl, json({ choices: [{ message: { content: ANSWER } }] }))
  // xAI repeating the key it was given, in full.
  const echo = (key: string): Promise<string> =>
    script(xaiUrl, json({ code: key, error: `Incorrect API key provided: ${key}` }, 400))
  const responses = [
    await post({ ...stored, 'x-grok-conv-id': answered }),
    await post({ ...passed, 'x-grok-conv-id': answered }),
    await post({ ...stored, 'x-grok-conv-id': await echo(XAI_KEY) }),
    await post({ ...passed, 'x-grok-conv-id': await echo(OWN_KEY) }),
    await post(stored, `{"model":"grok-4.3","messages":["${PROMPT}"`),
    await post({ authorization: `Bearer ${OWN_KEY}` }),
    await post({ authorization: `Bearer ${token}`, 'x-metrion-token': OWN_KEY }),
  ]
  for (const response of responses.slice(0, 5)) {
    await response.arrayBuffer()
    const row = await rowOf(operator, response.headers.get('x-metrion-request-id') ?? '')
    expect(JSON.stringify(row)).not.toMatch(/planted/)
    expect(JSON.stringify(row)).not.toContain(token)
  }
  for (const response of responses.slice(5))
    expect(await response.text()).not.toMatch(/planted|sk-metrion-[0-9a-f]/)

  const folder = inject('stateDir')
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && entry.name !== '.dev.vars')
  expect(files.some((file) => file.name.endsWith('.sqlite'))).toBe(true)
  expect(files.some((file) => file.name === 'worker.log')).toBe(true)
  for (const file of files) {
    const bytes = await readFile(join(file.parentPath, file.name))
    for (const secret of [
      XAI_KEY,
      OWN_KEY,
      PROMPT,
      ANSWER,
      COOKIE,
      token,
      operator.cookie.split('=')[1] ?? '-',
    ]) {
      expect({ file: file.name, secret, found: bytes.includes(secret) }).toEqual({
        file: file.name,
        secret,
        found: false,
      })
    }
  }
})

test('xAI receives one credential and nothing of the caller’s or of ours', async () => {
  const id = await script(xaiUrl, json({}))
  await post({
    authorization: `Bearer ${OWN_KEY}`,
    'x-metrion-token': token,
    'x-metrion-user': 'ada',
    'x-api-key': 'planted-other',
    'x-forwarded-for': '10.1.1.1',
    'x-grok-conv-id': id,
  })
  const [seen] = await seenBy(xaiUrl, id)
  expect(seen?.headers['authorization']).toBe(`Bearer ${OWN_KEY}`)
  const text = JSON.stringify({ ...seen?.headers, authorization: '' })
  expect(text).not.toMatch(/planted|sk-metrion|10\.1\.1\.1|x-metrion|cookie/)
})
