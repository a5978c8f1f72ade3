import { env } from 'cloudflare:workers'
import { beforeEach, expect, test } from 'vitest'
import { columnOf, FIELDS, jsonName, type Field } from '../../../src/ledger/columns.ts'
import type { LedgerEntry } from '../../../src/ledger/entry.ts'
import { parseMessage } from '../../../src/ledger/message.ts'
import { FAILED, failedSql, OUTCOMES } from '../../../src/ledger/outcomes.ts'
import { POINT_LAYOUT, toPoint } from '../../../src/ledger/point.ts'
import { comparable, SUM_OBJECTS } from '../../../src/ledger/sums-sql.ts'
import { restoreEntriesSql } from '../../../src/ledger/sql.ts'
import { quote } from '../../../src/schema/sql.ts'
import { writeMessages } from '../../../src/ledger/store.ts'
import { requestAnswer } from '../../../src/reports/requests/answer.ts'
import { CSV_HEAD, presentRequest, toCsvLine } from '../../../src/reports/requests/present.ts'
import { findRequest } from '../../../src/reports/requests/store.ts'
import { entry, freshLedger, messagesOf, START } from './messages.ts'

beforeEach(freshLedger)

/** A value that no other field has, and that is not what stands where a field is forgotten. */
function valueFor(field: Field, index: number): unknown {
  const { type } = columnOf(field)
  if (typeof type !== 'string') return type.at(-1)
  return {
    uuid: entry().id,
    text: `a text of ${field}`,
    count: 100 + index,
    ticks: 1_000_000 + index,
    flag: true,
    counts: { [field]: index },
    texts: { [field]: `value ${index}` },
  }[type]
}

const FULL = {
  v: 1,
  ...Object.fromEntries(FIELDS.map((field, index) => [field, valueFor(field, index)])),
  atMs: START,
} as unknown as LedgerEntry

test('the table that the migrations build is the one that is described', async () => {
  const { results } = await env.LEDGER.prepare(
    `SELECT name, type, "notnull" AS isNotNull FROM pragma_table_info('requests') ORDER BY name`,
  ).all()
  const numbers = ['count', 'ticks', 'flag']
  const described = FIELDS.map((field) => {
    const { sql, type, nullable } = columnOf(field)
    const isNumber = typeof type === 'string' && numbers.includes(type)
    return { name: sql, type: isNumber ? 'INTEGER' : 'TEXT', isNotNull: nullable ? 0 : 1 }
  })
  // What a trigger notes, and no request brings.
  described.push({ name: 'in_others', type: 'INTEGER', isNotNull: 1 })
  const upper = results.map((one) => ({ ...one, type: String(one['type']).toUpperCase() }))
  expect(upper).toEqual(described.toSorted((one, other) => (one.name < other.name ? -1 : 1)))
})

test('the view and the triggers that keep the sums are those that are described', async () => {
  const { results } = await env.LEDGER.prepare(
    `SELECT name, sql FROM sqlite_master WHERE type IN ('view', 'trigger')`,
  ).all<{ name: string; sql: string }>()
  const known = new Map(results.map(({ name, sql }) => [name, comparable(sql)]))
  for (const { name, sql } of SUM_OBJECTS)
    expect([name, known.get(name)]).toEqual([name, comparable(sql)])
  // None that was before keeps sums beside them.
  const keepers = [...known].filter(([, sql]) =>
    /(?:UPDATE|INTO) (?:rollups|rolled_up)\b/.test(sql),
  )
  const described = SUM_OBJECTS.filter(({ type }) => type === 'trigger').map(({ name }) => name)
  expect(keepers.map(([name]) => name).toSorted()).toEqual(
    [...described, 'rollup_of_request'].toSorted(),
  )
})

test('every field goes into the ledger, and comes back', async () => {
  const [message] = messagesOf([FULL])
  expect(parseMessage(JSON.parse(JSON.stringify(message)))).toEqual(message)
  await writeMessages(env.LEDGER, [message!], START)
  const { v: _, ...row } = FULL
  const found = await findRequest(env.LEDGER, FULL.accountId, FULL.id)
  expect(found).toEqual(row)

  const told = presentRequest(found!, new Map([[FULL.tokenId, 'production']]))
  expect(requestAnswer.parse(told)).toEqual(told)
  for (const field of FIELDS) {
    const name = jsonName(field)
    if (name === null || field === 'atMs' || field === 'tokenId') continue
    expect([field, told[name as keyof typeof told]]).toEqual([field, row[field]])
  }
  expect(told).toMatchObject({
    at: new Date(START).toISOString(),
    token: { id: FULL.tokenId, name: 'production' },
  })
  const names = CSV_HEAD.trim().split(',')
  expect(names).toContain('requester')
  expect(toCsvLine(told).trim()).toContain(`${FULL.id},${told.at},${told.requester},production,`)
  expect(new Set(names).size).toBe(names.length)
})

test.each(FIELDS)('a message without %s is one of an older deployment, or none', (field) => {
  const { fallback } = columnOf(field)
  const [message] = messagesOf([FULL])
  const { [field]: _, ...rest } = message!.entry
  const read = parseMessage({ ...message!, entry: rest })
  if (fallback === undefined) expect(read).toMatchObject({ problem: expect.any(String) as string })
  else expect(read).toMatchObject({ entry: { [field]: fallback } })
})

test.each(FIELDS.filter((field) => columnOf(field).fallback !== undefined))(
  'a row of an older archive without %s is restored',
  async (field) => {
    const { [field]: _, ...rest } = FULL
    await env.LEDGER.prepare(restoreEntriesSql(quote(JSON.stringify([rest])))).run()
    const found = await findRequest(env.LEDGER, FULL.accountId, FULL.id)
    expect(found).toMatchObject({ [field]: columnOf(field).fallback })
  },
)

test('the places of a point are numbered without a gap, each once', () => {
  for (const place of ['blob', 'double'] as const)
    expect(POINT_LAYOUT[place].map((field) => columnOf(field)[place])).toEqual(
      POINT_LAYOUT[place].map((_, index) => index + 1),
    )
  const { blobs, doubles } = toPoint(
    { ...FULL, model: null, firstByteMs: null, costTicks: null },
    null,
  )
  expect(blobs[5]).toBe(FULL.requestedModel)
  expect([doubles[6], doubles[5]]).toEqual([-1, 0])
})

test('an outcome is failed in JavaScript where it is in SQL, and in the sums', async () => {
  await writeMessages(
    env.LEDGER,
    messagesOf(OUTCOMES.map((outcome) => entry({ outcome, label: outcome }))),
    START,
  )
  const failed = async (sql: string): Promise<unknown[]> =>
    (await env.LEDGER.prepare(`${sql} ORDER BY label`).all<{ label: string }>()).results.map(
      ({ label }) => label,
    )
  const expected = FAILED.toSorted()
  expect(await failed(`SELECT label FROM requests WHERE ${failedSql()}`)).toEqual(expected)
  expect(await failed('SELECT label FROM rollups WHERE failed > 0')).toEqual(expected)
})
