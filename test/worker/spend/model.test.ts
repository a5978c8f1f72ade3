import { expect, test } from 'vitest'
import { limitAt, type Budget } from '../../../src/spend/budget.ts'
import { Book, type Held } from '../../../src/spend/lease/book.ts'
import { heldOf, spentOf } from '../../../src/spend/object/bucket.ts'
import type { Buckets } from '../../../src/spend/object/buckets.ts'
import type { Pool } from '../../../src/spend/object/pool.ts'
import { memorySamples, memoryTable, startPool } from '../entries/spend-object.ts'
import { linesOf } from '../../../src/spend/lines.ts'
import type { Item, Report, Sync, Want } from '../../../src/spend/protocol.ts'

/** Numbers that a seed decides (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

const NOW = Date.parse('2026-11-26T10:00:00Z')

/** One isolate: its book, and the requests that it runs. */
interface Isolate {
  id: string
  book: Book
  running: { want: Want; held: Held[]; expected: number; id: string }[]
}

const LIMIT = 1_000_000

/** A world of isolates, an object and a network that loses, delays and repeats what is said. */
class World {
  nowMs = NOW
  readonly budget: Budget = {
    id: 'b',
    name: 'b',
    scope: 'account',
    value: null,
    meter: 'cost',
    window: 'month',
    limit: LIMIT,
    action: 'refuse',
    whenUnavailable: 'open',
    increaseBy: null,
    increaseUntilMs: null,
    changedAtMs: 1,
  }
  private readonly random: () => number
  private readonly table = memoryTable()
  private readonly samples = memorySamples()
  private pool: Pool
  buckets: Buckets
  isolates: Isolate[] = []
  /** What xAI has billed, and what running requests are expected to use. */
  billed = 0
  /** What xAI has billed for requests of isolates that died. */
  billedUntold = 0
  readonly dead: string[] = []
  /** Work whose bill has not come, and what is counted for it. */
  readonly deferred: { atMs: number; counted: number }[] = []
  admitted = 0
  refused = 0
  private made = 0

  constructor(random: () => number) {
    this.random = random
    ;({ pool: this.pool, buckets: this.buckets } = this.start())
    for (let count = 0; count < 4; count++) this.isolates.push(this.isolate())
  }

  private start(): { pool: Pool; buckets: Buckets } {
    return startPool([this.budget], this.table, this.samples)
  }

  private isolate(): Isolate {
    return { id: `i${this.made++}`, book: new Book(), running: [] }
  }

  /** The object is evicted, and comes back with what it has stored. */
  evict(): void {
    ;({ pool: this.pool, buckets: this.buckets } = this.start())
  }

  private ask(isolate: Isolate, want: Want | null): ReturnType<Pool['sync']> | null {
    const reports: readonly Report[] = isolate.book.outbox.report()
    const id = `s${this.made++}`
    const renews = want ? [] : isolate.book.renewals(this.nowMs)
    const sync: Sync = {
      id,
      accountId: 'a',
      isolate: isolate.id,
      nowMs: this.nowMs,
      reports,
      want,
      growth: null,
      renews,
    }
    const chance = this.random()
    // Lost on its way there, or its answer on the way back.
    if (chance < 0.05) {
      isolate.book.outbox.abandon(id)
      return null
    }
    const answer = this.pool.sync(sync)
    if (chance < 0.1) {
      isolate.book.outbox.abandon(id)
      return null
    }
    isolate.book.outbox.confirm(reports)
    return answer
  }

  request(isolate: Isolate): void {
    const expected = { cost: 1_000, tokens: 0, requests: 1 }
    const worst = { cost: 3_000, tokens: 0, requests: 1 }
    const want: Want = {
      tokenId: 't',
      requester: '',
      model: 'grok-4.3',
      endpoint: 'chat/completions',
      atMs: this.nowMs,
      isBilled: true,
      expected,
      worst,
      stopping: null,
      isExact: false,
      rateLeft: 0,
      rates: { requestsPerMinute: null, tokensPerMinute: null, concurrent: null },
      share: isolate.book.share(),
      known: {},
    }
    const lines = linesOf([this.budget], want, 'UTC')
    const needs = lines.map(({ id }) => ({
      line: id,
      meter: 'cost' as const,
      amount: expected.cost,
      excess: 2_000,
      stops: false,
      changedAtMs: 1,
    }))
    const own = isolate.book.admit(needs, this.nowMs)
    isolate.book.count()
    if (own) return this.run(isolate, want, own)
    const answer = this.ask(isolate, want)
    if (answer === null) return
    if (answer.refused) return this.refuse()
    const { bucket } = this
    expect(spentOf(bucket) + heldOf(bucket)).toBeLessThanOrEqual(LIMIT)
    this.run(isolate, want, isolate.book.grant(answer.grants, this.nowMs))
  }

  private run(isolate: Isolate, want: Want, held: Held[]): void {
    this.admitted++
    isolate.running.push({ want, held, expected: held[0]?.amount ?? 0, id: `r${this.made++}` })
  }

  private refuse(): void {
    this.refused++
    const expected = this.isolates.reduce(
      (sum, { running }) => sum + running.reduce((part, one) => part + one.expected, 0),
      0,
    )
    // What isolates held that are gone is taken as spent. A refusal below 95% would be one too early.
    const { leases } = this.bucket
    const lost = this.dead.reduce((sum, id) => sum + (leases[id]?.held ?? 0), 0)
    const counted = this.deferred.reduce((sum, one) => sum + one.counted, 0)
    expect(this.billed + counted + lost + expected).toBeGreaterThan(LIMIT * 0.95)
  }

  /** A request ends: with any cost up to the most that it can have. */
  end(isolate: Isolate): void {
    const [one] = isolate.running.splice(Math.floor(this.random() * isolate.running.length), 1)
    if (!one) return
    const isDeferred = this.random() < 0.1
    const cost = isDeferred ? one.expected : Math.floor(this.random() ** 3 * 3_000)
    if (isDeferred) this.deferred.push({ atMs: one.want.atMs, counted: cost })
    else this.billed += cost
    const item = this.item(one.id, one.want.atMs, cost)
    isolate.book.end(one.held, item.used, { ...item, isComplete: !isDeferred })
  }

  /** The bill of work that began long ago comes, in place of what was counted for it. */
  bill(isolate: Isolate): void {
    const [work] = this.deferred.splice(Math.floor(this.random() * this.deferred.length), 1)
    if (!work) return
    const cost = Math.floor(this.random() * work.counted)
    this.billed += cost
    const item = this.item(`r${this.made++}`, this.nowMs, cost)
    isolate.book.end([], item.used, { ...item, isComplete: false, began: work })
  }

  private item(id: string, atMs: number, cost: number): Item {
    const used = { cost, tokens: 0, requests: 1 }
    return {
      id,
      tokenId: 't',
      requester: '',
      requestedModel: 'grok-4.3',
      model: 'grok-4.3',
      endpoint: 'chat/completions',
      atMs,
      used,
      isComplete: true,
      isWritten: true,
      began: null,
    }
  }

  report(isolate: Isolate): void {
    if (!isolate.book.outbox.hasNews) return
    const answer = this.ask(isolate, null)
    if (answer) isolate.book.renew(answer.grants, answer.shrinks, this.nowMs)
  }

  /** An isolate ends without a word. Its running requests may cost all that they can. */
  die(index: number): void {
    const [dead] = this.isolates.splice(index, 1, this.isolate())
    this.dead.push(dead!.id)
    // xAI bills what was running, and nobody tells.
    for (const { expected } of dead!.running)
      this.billedUntold += Math.floor(this.random() * expected)
  }

  get bucket() {
    const [line] = linesOf(
      [this.budget],
      { tokenId: 't', requester: '', model: '', endpoint: '', atMs: this.nowMs, isBilled: true },
      'UTC',
    )
    return this.buckets.read(line!)
  }
}

test.each(Array.from({ length: 30 }, (_, seed) => seed))(
  'spent never exceeds the limit by more than the bound that is shown, whatever happens: seed %i',
  (seed) => {
    const random = randomOf(seed)
    const world = new World(random)
    for (let step = 0; step < 6_000; step++) {
      world.nowMs += Math.floor(random() * 200)
      const index = Math.floor(random() * world.isolates.length)
      const isolate = world.isolates[index]!
      const chance = random()
      if (chance < 0.42) world.request(isolate)
      else if (chance < 0.8) world.end(isolate)
      else if (chance < 0.95) world.report(isolate)
      else if (chance < 0.97) world.bill(isolate)
      else if (chance < 0.985) isolate.book.idle()
      else if (chance < 0.9875) world.die(index)
      else if (chance < 0.99) world.evict()
      const { bucket } = world
      expect(world.billed).toBeLessThanOrEqual(LIMIT + bucket.mostOver)
      expect(spentOf(bucket)).toBeLessThanOrEqual(
        limitAt(world.budget, world.nowMs) + bucket.mostOver,
      )
      expect(heldOf(bucket)).toBeGreaterThanOrEqual(0)
    }
    expect(world.admitted).toBeGreaterThan(100)
    expect(world.refused).toBeGreaterThan(0)
  },
)
