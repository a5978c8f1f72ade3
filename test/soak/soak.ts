import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CRONS } from '../../src/ledger/crons.ts'
import { runCron, startLocal, type LocalWorker } from '../../src/cli/local.ts'
import { localPaths } from '../../src/cli/paths.ts'
import { operatorOf, signIn, type Operator } from '../e2e/operator.ts'
import { allSeen, script } from '../xai/client.ts'
import { events, stream } from '../xai/reply.ts'
import { startXai } from '../xai/server.ts'
import { NO_FAULTS, PHASES, type Faults } from './faults.ts'

export interface SoakOptions {
  requests: number
  atOnce: number
  sink: 'd1' | 'queue'
  port: number
  log: (line: string) => void
}

export interface SoakResult {
  /** Answers that did not arrive whole, though nobody killed the Worker. */
  broken: number
  /** Requests that xAI saw, and those of them that the kill cut off. */
  seen: number
  killed: number
  /** Of the ledger, by outcome. */
  outcomes: Record<string, number>
  missing: string[]
  twice: string[]
  /** Rows of requests that xAI never saw. */
  unseen: string[]
  entries: Record<'accepted' | 'written' | 'waiting' | 'dead' | 'lost' | 'retried', number>
}

// The queue of this machine lives in the process that is killed, unlike Cloudflare's; so it is given
// the time to hand over what it has: the queue's pauses double, up to minutes. What is under way is not.
const DRAIN_LIMIT_MS = 330_000
const MARK_AFTER_MS = 4_000
const LONGEST_REQUEST_MS = 12_000

/** Sends requests through the running Worker while storage fails in turn, and kills it in the middle. */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const { requests, atOnce, log } = options
  const state = await mkdtemp(join(tmpdir(), 'metrion-soak-'))
  const xai = await startXai()
  let worker = await start(options, state, xai.url)
  try {
    const signedIn = await signIn(worker.url, worker.code ?? '', 'Ada')
    const operator = operatorOf(worker.url, signedIn.cookie)
    const token = await prepare(operator)
    const send = (headers: Record<string, string> = {}): Promise<boolean> =>
      sendOne(worker.url, token, headers)

    const eachPhase = Math.ceil(requests / (PHASES.length + 1))
    let broken = 0
    for (const faults of PHASES) {
      await setFaults(worker.url, faults)
      broken += await sendMany(eachPhase, atOnce, send)
      log(`${eachPhase} requests, ledger ${faults.LEDGER}, queue ${faults.LEDGER_QUEUE}`)
    }
    await settle(worker.url, operator)

    const killed = await killInMidAnswer(worker, operator, xai.url, atOnce, send)
    log(`killed with ${killed} answers under way for more than ${MARK_AFTER_MS / 1000} s`)
    worker = await start(options, state, xai.url)
    broken += await sendMany(eachPhase, atOnce, send)
    await sleep(LONGEST_REQUEST_MS)
    await settle(worker.url, operator)

    const rows = await rowsOf(operator)
    const seen = (await allSeen(xai.url)).filter((one) => one.path.endsWith('/completions'))
    return compare(
      rows,
      seen.map((one) => one.requestId ?? ''),
      {
        broken,
        killed,
        entries: (await ledgerHealth(operator)).entries,
      },
    )
  } finally {
    await worker.stop()
    await xai.close()
    await rm(state, { recursive: true, force: true })
  }
}

function start(
  { port, sink }: SoakOptions,
  state: string,
  xaiBaseUrl: string,
): Promise<LocalWorker> {
  return startLocal({
    port,
    xaiBaseUrl,
    entry: 'test/worker/entries/soak.ts',
    vars: {
      LEDGER_SINK: sink,
      MARK_AFTER_MS: String(MARK_AFTER_MS),
      LONGEST_REQUEST_MS: String(LONGEST_REQUEST_MS),
    },
    ...localPaths(state),
    onLog: () => {},
  })
}

async function prepare(operator: Operator): Promise<string> {
  await operator.call('PUT', '/provider-keys/grok', { key: 'xai-soak-0123456789' })
  const created = await operator.call('POST', '/tokens', { name: 'soak' })
  return ((await created.json()) as { token: string }).token
}

/** Whether the answer arrived whole. */
async function sendOne(
  url: string,
  token: string,
  headers: Record<string, string>,
): Promise<boolean> {
  try {
    const response = await fetch(`${url}/api/proxy/grok/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'x-metrion-user': 'soak', ...headers },
      body: JSON.stringify({
        model: 'grok-4.3',
        stream: true,
        messages: [{ role: 'user', content: 'Go' }],
      }),
    })
    const text = await response.text()
    return response.status === 200 && text.endsWith('data: [DONE]\n\n')
  } catch {
    return false
  }
}

/** How many were broken. */
async function sendMany(
  count: number,
  atOnce: number,
  send: () => Promise<boolean>,
): Promise<number> {
  let left = count
  let broken = 0
  const line = async (): Promise<void> => {
    while (left-- > 0) if (!(await send())) broken++
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, line))
  return broken
}

async function setFaults(url: string, faults: Faults): Promise<void> {
  await fetch(`${url}/faults`, { method: 'PUT', body: JSON.stringify(faults) })
}

interface Health {
  entries: SoakResult['entries']
  open: { requests: number }
}

const ledgerHealth = async (operator: Operator): Promise<Health> =>
  (await (await operator.call('GET', '/ledger/health')).json()) as Health

/** Lets everything come in that is on its way. */
async function settle(url: string, operator: Operator): Promise<void> {
  await setFaults(url, NO_FAULTS)
  for (const deadlineMs = Date.now() + DRAIN_LIMIT_MS; Date.now() < deadlineMs;) {
    await runCron(url, CRONS.often)
    const { entries, open } = await ledgerHealth(operator)
    if (entries.waiting === 0 && open.requests === 0) return
    await sleep(500)
  }
}

/** Kills the Worker while each of so many answers has a mark. How many were under way. */
async function killInMidAnswer(
  worker: LocalWorker,
  operator: Operator,
  xaiUrl: string,
  atOnce: number,
  send: (headers: Record<string, string>) => Promise<boolean>,
): Promise<number> {
  const slow = Array.from({ length: 60 }, (_, index) => {
    const choices = [{ index: 0, delta: { content: String(index) } }]
    return { id: 'slow', object: 'chat.completion.chunk', model: 'grok-4.3', choices }
  })
  const sent = Array.from({ length: atOnce }, async () => {
    const reply = stream(events([...slow, '[DONE]']), {
      gapMs: 1_000,
      headers: { 'x-request-id': crypto.randomUUID() },
    })
    return send({ 'x-grok-conv-id': await script(xaiUrl, reply) })
  })
  await sleep(MARK_AFTER_MS)
  // A mark may come by the queue, which takes some seconds.
  while ((await ledgerHealth(operator)).open.requests < atOnce) await sleep(500)
  await worker.kill()
  return (await Promise.all(sent)).filter((isWhole) => !isWhole).length
}

interface Row {
  upstreamRequestId: string
  outcome: string
}

async function rowsOf(operator: Operator): Promise<Row[]> {
  const text = await (await operator.call('GET', '/requests.ndjson')).text()
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row)
}

function compare(
  rows: readonly Row[],
  seen: readonly string[],
  counted: Pick<SoakResult, 'broken' | 'killed' | 'entries'>,
): SoakResult {
  const times = new Map<string, number>()
  const outcomes: Record<string, number> = {}
  for (const { upstreamRequestId, outcome } of rows) {
    times.set(upstreamRequestId, (times.get(upstreamRequestId) ?? 0) + 1)
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  }
  const known = new Set(seen)
  return {
    ...counted,
    seen: seen.length,
    outcomes,
    missing: seen.filter((id) => !times.has(id)),
    twice: [...times].filter(([, count]) => count > 1).map(([id]) => id),
    unseen: [...times.keys()].filter((id) => !known.has(id)),
  }
}
