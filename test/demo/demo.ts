import { joinLink } from '../../src/people/accounts/link.ts'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OpenAI from 'openai'
import { mintInvitation } from '../../src/cli/invitation.ts'
import { command, portOf } from '../../src/cli/command.ts'
import { startLocal } from '../../src/cli/local.ts'
import { localPaths } from '../../src/cli/paths.ts'
import { operatorOf, rowOf, signIn, type Operator, type Row } from '../e2e/operator.ts'
import { startXai } from '../xai/server.ts'
import { drawTable, usd, type Column } from '../../src/cli/table.ts'

const USAGE = `npm run demo
  Runs Metrion on this machine in front of a scripted xAI, sends six requests and prints their rows. Then it goes on
  running, with a link for your browser. Nothing is kept. Environment: PORT, 8787 by default.`

const XAI_KEY = 'xai-demo-0123456789'
const MODEL = 'grok-4.3'
const question = (content: string): OpenAI.ChatCompletionMessageParam[] => [
  { role: 'user', content },
]

const say = (text: string): void => console.log(text)

async function main(): Promise<void> {
  const port = portOf(process.env['PORT'] ?? '8787')
  const state = await mkdtemp(join(tmpdir(), 'metrion-demo-'))
  const xai = await startXai()
  say(`Starting Metrion on embedded D1, KV and Queues, in front of a scripted xAI (${xai.url}) …`)
  const paths = localPaths(state)
  const clean = (): Promise<void> => rm(state, { recursive: true, force: true })
  const worker = await startLocal({ port, xaiBaseUrl: xai.url, ...paths }).catch(
    async (error: unknown) => {
      await clean()
      throw error
    },
  )
  const stop = async (): Promise<void> => {
    await worker.stop()
    await xai.close()
    await clean()
    process.exit(0)
  }
  process.once('SIGINT', () => void stop())
  process.once('SIGTERM', () => void stop())
  process.once('SIGHUP', () => void stop())

  const operator = await signIn(worker.url, worker.code ?? '', 'Ada')
  const { token } = (await (await operator.call('POST', '/tokens', { name: 'demo' })).json()) as {
    token: string
  }
  const saved = (await (
    await operator.call('PUT', '/provider-keys/grok', { key: XAI_KEY })
  ).json()) as { lastFour: string }
  say(`An account, a token (sk-metrion-…${token.slice(-4)}), an xAI key (…${saved.lastFour}).\n`)

  const baseURL = `${worker.url}/api/proxy/grok`
  const stored = new OpenAI({ baseURL, apiKey: token, defaultHeaders: { 'x-metrion-user': 'ada' } })
  const passThrough = new OpenAI({
    baseURL: `${baseURL}/v1`,
    apiKey: XAI_KEY,
    defaultHeaders: { 'x-metrion-token': token, 'x-metrion-user': 'support-bot' },
  })
  const ids: string[] = []
  for (const [mode, client] of [
    ['stored key, requester ada', stored],
    ['pass-through, requester support-bot', passThrough],
  ] as const) {
    say(mode)
    ids.push(await plain(client), await streamed(client), await aborted(client))
    say('')
  }
  await showLedger(operatorOf(worker.url, operator.cookie), ids)
  const code = await mintInvitation(
    { kind: 'local', stateDir: paths.stateDir },
    { account: 'existing', name: null },
  )
  say(`\nSee it in a browser, by this one-time link:\n\n  ${joinLink(worker.url, code ?? '')}`)
  say(nextSteps(worker.url, token))
  await worker.ended
}

async function plain(client: OpenAI): Promise<string> {
  const { data, response } = await client.chat.completions
    .create({ model: MODEL, messages: question('How much?') })
    .withResponse()
  say(`  plain     ${data.choices[0]?.message.content}`)
  return idOf(response)
}

async function streamed(client: OpenAI): Promise<string> {
  const { data, response } = await client.chat.completions
    .create({ model: MODEL, messages: question('How much, word by word?'), stream: true })
    .withResponse()
  process.stdout.write('  streamed  ')
  for await (const chunk of data) process.stdout.write(chunk.choices[0]?.delta.content ?? '')
  say('')
  return idOf(response)
}

async function aborted(client: OpenAI): Promise<string> {
  const { data, response } = await client.chat.completions
    .create({ model: MODEL, messages: question('How much, slowly?'), stream: true })
    .withResponse()
  process.stdout.write('  aborted   ')
  let words = 0
  for await (const chunk of data) {
    process.stdout.write(chunk.choices[0]?.delta.content ?? '')
    if (++words === 3) break
  }
  say(' … the caller hangs up')
  return idOf(response)
}

const idOf = (response: Response): string => response.headers.get('x-metrion-request-id') ?? ''

const number = (value: unknown): string => (typeof value === 'number' ? String(value) : '–')

const COLUMNS: Column<Row>[] = [
  { title: 'requester', cell: (row) => String(row['requester']) },
  { title: 'mode', cell: (row) => String(row['mode']) },
  { title: 'model', cell: (row) => String(row['model']) },
  { title: 'status', right: true, cell: (row) => String(row['status']) },
  { title: 'outcome', cell: (row) => String(row['outcome']) },
  { title: 'input', right: true, cell: (row) => number(row['inputTokens']) },
  { title: 'cached', right: true, cell: (row) => number(row['cachedTokens']) },
  { title: 'output', right: true, cell: (row) => number(row['outputTokens']) },
  { title: 'reasoning', right: true, cell: (row) => number(row['reasoningTokens']) },
  {
    title: 'cost',
    right: true,
    cell: (row) => (typeof row['costTicks'] === 'number' ? usd(row['costTicks']) : '–'),
  },
  { title: 'known by', cell: (row) => String(row['costBasis']) },
  { title: 'total', right: true, cell: (row) => `${number(row['totalMs'])} ms` },
]

async function showLedger(operator: Operator, ids: readonly string[]): Promise<void> {
  const rows = await Promise.all(ids.map((id) => rowOf(operator, id)))
  say('The ledger, one row a request:\n')
  say(drawTable(COLUMNS, rows))
  const total = rows.reduce((sum, row) => sum + Number(row['costTicks']), 0)
  say(
    `\n${usd(total)} in all. "reported" is xAI’s own bill; an aborted\nanswer is estimated from what passed of it, and of the prompt only from what the caller wrote.`,
  )
}

function nextSteps(url: string, token: string): string {
  return `
The Worker goes on running. Try it:

  import OpenAI from 'openai'
  const client = new OpenAI({
    baseURL: '${url}/api/proxy/grok',
    apiKey: '${token}',
    defaultHeaders: { 'x-metrion-user': 'me' },
  })

  curl ${url}/api/proxy/grok/v1/chat/completions \\
    -H 'authorization: Bearer ${token}' -H 'x-metrion-user: me' \\
    -H 'content-type: application/json' \\
    -d '{"model": "${MODEL}", "messages": [{"role": "user", "content": "How much?"}]}'

Ctrl-C ends everything.`
}

await command({ usage: USAGE }, main)
