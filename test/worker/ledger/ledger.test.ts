import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import type { LedgerEntry } from '../../../src/ledger/entry.ts'
import { writeMessages } from '../../../src/ledger/store.ts'
import { Writer } from '../../../src/ledger/writer.ts'
import { all, entry, freshLedger, messagesOf, START } from './messages.ts'
import { uuidv7 } from '../../../src/http/uuid.ts'

const HOUR = 3_600_000

const insertEntries = (entries: readonly LedgerEntry[], ledger = env.LEDGER): Promise<void> =>
  writeMessages(ledger, messagesOf(entries), START)

test('a row is kept in every column, and summed up in its hour', async () => {
  await freshLedger()
  const written = entry({
    atMs: START + HOUR - 1,
    toolCalls: { web_search_calls: 2 },
    errorText: 'o\'clock "x"',
  })
  await insertEntries([written])
  expect(await all('requests')).toEqual([
    {
      account_id: 'a',
      id: written.id,
      at_ms: START + HOUR - 1,
      token_id: 't',
      label: 'ada',
      endpoint: 'chat/completions',
      mode: 'stored',
      requested_model: 'grok-4.3',
      model: 'grok-4.3',
      redirected: 0,
      session: null,
      tags: null,
      status: 200,
      outcome: 'complete',
      streamed: 1,
      input_tokens: 100,
      cached_tokens: 10,
      output_tokens: 20,
      reasoning_tokens: 5,
      trace_context: null,
      tool_calls: '{"web_search_calls":2}',
      cost_ticks: 1_000,
      cost_basis: 'reported',
      computed_ticks: 1_001,
      saved_ticks: 7,
      counted_ticks: null,
      text_bytes: 400,
      own_ms: 1,
      first_byte_ms: 200,
      total_ms: 1_500,
      error_code: null,
      error_text: 'o\'clock "x"',
      response_id: 'r',
      upstream_request_id: 'u',
      colo: 'ZRH',
      times: 1,
      in_others: 0,
    },
  ])
  expect(await all('rollups')).toEqual([
    {
      account_id: 'a',
      hour_ms: START,
      token_id: 't',
      model: 'grok-4.3',
      label: 'ada',
      requests: 1,
      failed: 0,
      aborted: 0,
      input_tokens: 100,
      cached_tokens: 10,
      output_tokens: 20,
      reasoning_tokens: 5,
      reported_ticks: 1_000,
      computed_ticks: 0,
      estimated_ticks: 0,
      unknown_costs: 0,
      first_byte_histogram: '{"55":1}',
      total_histogram: '{"76":1}',
      own_ms: 1,
      timed_tokens: 20,
      timed_ms: 1_500,
      compared_ticks: 1_000,
      listed_ticks: 1_001,
      saved_ticks: 7,
      timed_requests: 1,
      compared_requests: 1,
      counted_ticks: 0,
      uncounted: 0,
      refused: 0,
      pass_through_ticks: 0,
      lost: 0,
      deferred: 0,
    },
  ])
})

test('sums keep the bases of cost and the kinds of ending apart', async () => {
  await freshLedger()
  await insertEntries([
    entry({ costTicks: 7 }),
    entry({ costTicks: 20, costBasis: 'computed' }),
    entry({ costTicks: 300, costBasis: 'estimated', outcome: 'client_gone', firstByteMs: null }),
    entry({ costTicks: null, costBasis: 'unknown' }),
    entry({
      costTicks: null,
      costBasis: 'none',
      outcome: 'upstream_refused',
      status: 429,
      inputTokens: null,
      outputTokens: null,
    }),
  ])
  expect(await all('rollups')).toMatchObject([
    {
      requests: 5,
      failed: 1,
      aborted: 1,
      input_tokens: 400,
      reported_ticks: 7,
      computed_ticks: 20,
      estimated_ticks: 300,
      unknown_costs: 1,
      first_byte_histogram: '{"55":4}',
      total_histogram: '{"76":5}',
    },
  ])
})

test('each hour, token, model and label has sums of its own; a missing label or model is ""', async () => {
  await freshLedger()
  await insertEntries([
    entry(),
    entry({ atMs: START + HOUR }),
    entry({ tokenId: 't2' }),
    entry({ model: 'grok-4.6' }),
    entry({ label: null }),
    entry({ label: null, model: null, requestedModel: null }),
    entry({ label: null, model: null, requestedModel: null }),
    entry({ accountId: 'b' }),
  ])
  const rollups = await all('rollups')
  expect(rollups).toHaveLength(7)
  expect(rollups.find((row) => row['model'] === '')).toMatchObject({ requests: 2, label: '' })
})

test('however often and in whatever batches rows come, they count once', async () => {
  const entries = Array.from({ length: 60 }, (_, index) =>
    entry({
      atMs: START + index * 240_000,
      costTicks: index,
      label: index % 3 ? 'ada' : null,
      totalMs: 1 + index * 37,
    }),
  )
  await freshLedger()
  await insertEntries(entries)
  const expected = [await all('requests'), await all('rollups')]
  for (let round = 0; round < 10; round++) {
    await freshLedger()
    const shuffled = [...entries, ...entries.slice(round, round + 30)].toSorted(
      () => Math.random() - 0.5,
    )
    while (shuffled.length > 0)
      await insertEntries(shuffled.splice(0, 1 + Math.floor(Math.random() * 20)))
    expect([await all('requests'), await all('rollups')]).toEqual(expected)
  }
})

test('two writers of the same row at once write it once', async () => {
  await freshLedger()
  const one = entry()
  await Promise.all(Array.from({ length: 5 }, () => insertEntries([one])))
  expect(await all('requests')).toHaveLength(1)
  expect(await all('rollups')).toMatchObject([{ requests: 1, reported_ticks: 1_000 }])
})

// Without statistics the planner always takes the primary key; a filtered query names its index.
test.each([
  ['', `id < 'x'`, 'PRIMARY KEY (account_id=? AND id<?)'],
  [
    'INDEXED BY requests_by_model',
    `ifnull(model, requested_model) = 'm' AND id < 'x'`,
    'INDEX requests_by_model (account_id=? AND <expr>=? AND id<?)',
  ],
  [
    'INDEXED BY requests_by_token',
    `token_id = 't' AND id < 'x'`,
    'INDEX requests_by_token (account_id=? AND token_id=? AND id<?)',
  ],
  [
    'INDEXED BY requests_by_label',
    `label = 'l' AND id < 'x'`,
    'INDEX requests_by_label (account_id=? AND label=? AND id<?)',
  ],
  [
    'INDEXED BY requests_by_failure',
    `status = 429 AND status >= 400 AND id < 'x'`,
    'INDEX requests_by_failure (account_id=? AND id<?)',
  ],
])('a page of an account is one range of an index, in its order: %s', async (hint, where, used) => {
  const { results } = await env.LEDGER.prepare(
    `EXPLAIN QUERY PLAN SELECT * FROM requests ${hint} WHERE account_id = 'a' AND ${where} ORDER BY id DESC LIMIT 51`,
  ).all<{ detail: string }>()
  expect(results.map((row) => row.detail)).toEqual([`SEARCH requests USING ${used}`])
})

test('a request costs the written rows that the capacity tells', async () => {
  await freshLedger()
  const writer = new Writer('w')
  const written = async (
    one: LedgerEntry,
    kind: 'entry' | 'open',
    marked = false,
  ): Promise<number> => {
    const recorder = { rows: 0 }
    const [message] = messagesOf([one], kind, writer)
    await writeMessages(recording(env.LEDGER, recorder), [{ ...message!, marked }], START)
    return recorder.rows
  }
  await insertEntries([entry({ label: null }), entry()])
  await written(entry(), 'entry')
  expect(await written(entry({ label: null }), 'entry')).toBe(5)
  expect(await written(entry(), 'entry')).toBe(6)
  // One that runs for more than ten seconds: a mark, and its removal.
  const long = entry()
  expect(await written(long, 'open')).toBe(2)
  expect(await written(long, 'entry', true)).toBe(7)
})

test('through the queue, a hundred requests share one count', async () => {
  await freshLedger()
  await insertEntries([entry()])
  const recorder = { rows: 0 }
  const entries = Array.from({ length: 100 }, () => entry())
  await insertEntries(entries, recording(env.LEDGER, recorder))
  expect(recorder.rows).toBe(501)
})

/** The database, noting what its statements say they have written. */
function recording(database: D1Database, recorder: { rows: number }): D1Database {
  const batch = async (statements: D1PreparedStatement[]): Promise<D1Result[]> => {
    const results = await database.batch(statements)
    for (const result of results) recorder.rows += result.meta.rows_written
    return results
  }
  const prepare = (query: string): D1PreparedStatement => database.prepare(query)
  return { prepare, batch } as unknown as D1Database
}

test('ids sort by time', () => {
  const ids = [0, 1, 2 ** 32 - 1, 2 ** 32, START, START + 1].map(uuidv7)
  expect(ids.toSorted()).toEqual(ids)
  expect(ids[4]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(Number.parseInt(ids[4]!.replace('-', '').slice(0, 12), 16)).toBe(START)
})
