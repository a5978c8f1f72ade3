// The Worker as it is deployed, with what is a call over the network at Cloudflare answered at once: what
// is left is what Metrion itself costs. Its messages are made, serialised and handed over as in production.
import type { Env } from '../../../src/env.ts'
import worker from '../../../src/index.ts'
import { sealProviderKey } from '../../../src/credentials/keys/provider-key.ts'
import type { LedgerMessage } from '../../../src/ledger/message.ts'
import type { Budget } from '../../../src/spend/budget.ts'
import type { Answer, Sync } from '../../../src/spend/protocol.ts'
import { memorySamples, memoryTable, startPool } from './spend-object.ts'

const ACCOUNT = 'bench'
const KEEP_MESSAGES = 2_000
const kvReads: string[] = []
let turns = 0
const messages: string[] = []
let statements = 0
let batches = 0

/**
 * Counts how often the runtime wakes JavaScript for a stream: for what has come, what has been taken, and a
 * time that is over. These are what a stream costs.
 */
function countTurns(): void {
  const wrap = (prototype: object, name: string): void => {
    const method = Reflect.get(prototype, name) as (...args: unknown[]) => Promise<unknown>
    const counting = function (this: unknown, ...args: unknown[]): Promise<unknown> {
      return method.apply(this, args).finally(() => turns++)
    }
    Object.defineProperty(prototype, name, { value: counting })
  }
  wrap(ReadableStreamBYOBReader.prototype, 'read')
  wrap(ReadableStreamBYOBReader.prototype, 'readAtLeast')
  wrap(WritableStreamDefaultWriter.prototype, 'write')
  const { setTimeout: plain } = globalThis
  globalThis.setTimeout = ((run: () => void, ms?: number) =>
    plain(() => {
      turns++
      run()
    }, ms)) as typeof setTimeout
}

interface Statement {
  parameters: unknown[]
  bind: (...parameters: unknown[]) => Statement
  all: () => Promise<{ results: [] }>
  first: () => Promise<null>
}

function statementOf(parameters: unknown[]): Statement {
  const run = <T>(result: T): Promise<T> => {
    statements++
    return Promise.resolve(result)
  }
  return {
    parameters,
    bind: (...bound) => statementOf(bound),
    all: () => run({ results: [] as [] }),
    first: () => run(null),
  }
}

const database = {
  prepare: () => statementOf([]),
  batch: (list: Statement[]) => {
    batches++
    const [json] = list[0]?.parameters ?? []
    if (typeof json === 'string' && messages.length < KEEP_MESSAGES) messages.push(json)
    return Promise.resolve(list.map(() => ({ results: [] })))
  },
}

/** A budget that is never used up. */
const BUDGET: Budget = {
  id: 'bench',
  name: 'bench',
  scope: 'account',
  value: null,
  meter: 'cost',
  window: 'month',
  limit: 10_000_000_000_000,
  action: 'stop',
  whenUnavailable: 'open',
  increaseBy: null,
  increaseUntilMs: null,
  changedAtMs: 1,
}
/** What an object in the same city takes to answer. */
const OBJECT_MS = 5
let objectCalls = 0
const { pool } = startPool([BUDGET], memoryTable(), memorySamples())

const SPEND = {
  getByName: () => ({
    sync: async (sync: Sync): Promise<Answer> => {
      objectCalls++
      await scheduler.wait(OBJECT_MS)
      return pool.sync(sync)
    },
  }),
}

async function caller(masterKeys: string, budgets: readonly Budget[]): Promise<object> {
  const sealedKey = await sealProviderKey(masterKeys, ACCOUNT, 'xai-bench-0123456789')
  const policy = { scope: 'all' }
  const about = { policy, budgets, sealedKey, checkedAtMs: Date.now() }
  return { accountId: ACCOUNT, tokenId: 'bench', ...about }
}

// Settings are read once an environment, so it has to be the same one for every request.
let environment: Env | null = null

function environmentOf(vars: Env & { COUNTS_TURNS?: string; CAPPED?: string }): Env {
  if (environment) return environment
  if (vars.COUNTS_TURNS) countTurns()
  const TOKENS = {
    get: (key: string) => {
      kvReads.push(key)
      return key.startsWith('token:')
        ? caller(vars.MASTER_KEYS, vars.CAPPED ? [BUDGET] : [])
        : Promise.resolve(null)
    },
    put: () => Promise.resolve(),
  }
  const ANALYTICS = { writeDataPoint: () => {} }
  const stubs: object = { TOKENS, ANALYTICS, SPEND, LEDGER: database, DB: database }
  environment = { ...vars, ...stubs }
  return environment
}

/** What has been asked of KV and D1 so far. */
function told(): object {
  const entries = messages
    .flatMap((json) => JSON.parse(json) as LedgerMessage[])
    .filter(({ kind }) => kind === 'entry')
    .map(({ entry }) => entry)
  return { kvReads, statements, batches, turns, objectCalls, entries }
}

export default {
  fetch: (request, vars, ctx) =>
    request.url.endsWith('/calls')
      ? Response.json(told())
      : worker.fetch(request, environmentOf(vars), ctx),
} satisfies ExportedHandler<Env>
