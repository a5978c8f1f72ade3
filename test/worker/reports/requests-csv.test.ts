import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { writeMessages } from '../../../src/ledger/store.ts'
import { json } from '../../xai/reply.ts'
import { entry, messagesOf } from '../ledger/messages.ts'
import { parse } from './csv.ts'
import { api, CHAT, chat, makeAccount, memberOf, rowOf } from '../world.ts'

const account = await makeAccount()
const { accountId } = await memberOf(account)
const FORMULA = 'cmd|calc'

/** The cells of a request's line in the export, by the names of their columns. */
async function cellsOf(id: unknown): Promise<Record<string, string>> {
  const exported = await api(account, 'GET', `/requests.csv?q=${String(id)}`)
  const [head, line, ...more] = parse(await exported.text())
  expect(more).toEqual([])
  expect(line).toHaveLength(head!.length)
  return Object.fromEntries(head!.map((name, at) => [name, line![at]!]))
}

// The columns with words of callers, or of xAI.
const writtenAs = (text: string): Record<string, string> => ({
  requester: text,
  requested_model: text,
  model: text,
  error_code: text,
  error_text: text,
  response_id: text,
  upstream_request_id: text,
})

async function write(text: string): Promise<string> {
  const one = entry({
    accountId,
    label: text,
    requestedModel: text,
    model: text,
    errorCode: text,
    errorText: text,
    responseId: text,
    upstreamRequestId: text,
  })
  await writeMessages(env.LEDGER, messagesOf([one]), one.atMs)
  return one.id
}

test.each(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])(
  'a cell that begins with %j is text to a spreadsheet',
  async (start) => {
    const text = `${start}${FORMULA}`
    expect(await cellsOf(await write(text))).toMatchObject(writtenAs(`'${text}`))
  },
)

test.each([
  ['\t=', "'\t'="],
  ['\r\n=', "'\r\n'="],
  ['a;=', "a;'="],
  ['a,-', "a,'-"],
  ['a\t@', "a\t'@"],
  ['a|+', "a|'+"],
  ['a;＝', "a;'＝"],
  ['a\n=', "a\n'="],
])('nor does a formula begin behind what may separate cells: %j', async (start, kept) => {
  const cells = await cellsOf(await write(start + FORMULA))
  expect(cells).toMatchObject(writtenAs(kept + FORMULA))
})

test.each([';', '\t', '|', ',', '"', '\n'])('a cell with %j in it is quoted', async (inside) => {
  const id = await write(`a${inside}b`)
  const csv = await (await api(account, 'GET', `/requests.csv?q=${id}`)).text()
  expect(csv).toContain(`"a${inside.replace('"', '""')}b"`)
})

test('the file begins with a byte order mark, unless a program says that it wants none', async () => {
  const bytesOf = async (query: string): Promise<Uint8Array> =>
    new Uint8Array(await (await api(account, 'GET', `/requests.csv${query}`)).arrayBuffer())
  const BOM = Uint8Array.of(0xef, 0xbb, 0xbf)
  expect((await bytesOf('')).slice(0, 3)).toEqual(BOM)
  expect((await bytesOf('?bom=true')).slice(0, 3)).toEqual(BOM)
  expect(new TextDecoder().decode(await bytesOf('?bom=false')).slice(0, 3)).toBe('id,')
  expect((await api(account, 'GET', '/requests.csv?bom=1')).status).toBe(400)
  expect((await api(account, 'GET', '/requests.ndjson?bom=false')).status).toBe(400)
})

test.each([`cmd=1+2-3@4\t5\r6`, ' =cmd', '"=cmd"'])(
  'a cell that begins with nothing of that stays as it is: %j',
  async (text) => {
    expect(await cellsOf(await write(text))).toMatchObject(writtenAs(text))
  },
)

test('a formula that a caller, an owner or xAI sends is text in the export', async () => {
  const created = await api(account, 'POST', '/tokens', { name: `=${FORMULA}` })
  const { token } = await created.json<{ token: string }>()
  const answered = await chat(
    { ...account, token },
    {
      body: { ...CHAT, model: `\t=${FORMULA}` },
      headers: { 'x-metrion-user': `@${FORMULA}` },
      reply: json({ id: `-${FORMULA}`, model: `+${FORMULA}`, choices: [] }),
    },
  )
  await answered.arrayBuffer()
  const { id } = await rowOf(account, answered)
  expect(await cellsOf(id)).toMatchObject({
    token: `'=${FORMULA}`,
    requested_model: `'=${FORMULA}`,
    requester: `'@${FORMULA}`,
    response_id: `'-${FORMULA}`,
    model: `'+${FORMULA}`,
  })
})
