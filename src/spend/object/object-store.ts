import type { Raised } from '../../alerts/raise-store.ts'
import type { BucketTable, StoredBucket } from './buckets.ts'
import type { SampleStore } from './counter.ts'
import type { CrossingStore } from './crossings.ts'
import type { Samples } from './samples.ts'

const MOST_KINDS = 1_000
/** Samples are an estimate: what is lost of them with the object's memory is soon replaced. */
const WRITE_EVERY_MS = 60_000
const FEW = 5

const TABLES = `
CREATE TABLE IF NOT EXISTS buckets (
  budget_id TEXT NOT NULL, start_ms INTEGER NOT NULL, value TEXT NOT NULL, spent INTEGER NOT NULL,
  state TEXT NOT NULL, PRIMARY KEY (budget_id, start_ms, value)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS samples (key TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, samples TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;`

/** The object's own database. Its statements are synchronous. */
export class ObjectStore {
  private readonly sql: SqlStorage
  private readonly known = new Map<string, { samples: Samples; writtenMs: number }>()

  constructor(sql: SqlStorage) {
    this.sql = sql
    sql.exec(TABLES)
  }

  readonly buckets: BucketTable = {
    read: (...key) =>
      this.first(
        'SELECT state AS value FROM buckets WHERE budget_id = ? AND start_ms = ? AND value = ?',
        key,
      ),
    write: (budgetId, startMs, value, spent, state) => {
      this.sql.exec(
        `INSERT INTO buckets (budget_id, start_ms, value, spent, state) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (budget_id, start_ms, value) DO UPDATE SET spent = excluded.spent, state = excluded.state`,
        budgetId,
        startMs,
        value,
        spent,
        state,
      )
    },
    delete: (...key) => {
      this.sql.exec(
        'DELETE FROM buckets WHERE budget_id = ? AND start_ms = ? AND value = ?',
        ...key,
      )
    },
    count: (...key) =>
      Number(
        this.first(
          'SELECT count(*) AS value FROM buckets WHERE budget_id = ? AND start_ms = ?',
          key,
        ),
      ),
    smallest: (budgetId, startMs, most) => this.sorted(budgetId, startMs, most, 'ASC'),
    largest: (budgetId, startMs, most) => this.sorted(budgetId, startMs, most, 'DESC'),
  }

  readonly samples: SampleStore = {
    read: (key) => {
      const known = this.known.get(key)
      if (known) return known.samples
      const stored = this.first('SELECT samples AS value FROM samples WHERE key = ?', [key])
      return stored === null ? { cost: [], tokens: [] } : (JSON.parse(stored) as Samples)
    },
    write: (key, samples, nowMs) => {
      const writtenMs = this.known.get(key)?.writtenMs ?? 0
      const isDue = samples.cost.length <= FEW || nowMs - writtenMs >= WRITE_EVERY_MS
      const [oldest] = this.known.keys()
      if (this.known.size >= MOST_KINDS && oldest !== undefined) this.known.delete(oldest)
      this.known.set(key, { samples, writtenMs: isDue ? nowMs : writtenMs })
      if (isDue)
        this.sql.exec(
          'INSERT OR REPLACE INTO samples (key, at_ms, samples) VALUES (?, ?, ?)',
          key,
          nowMs,
          JSON.stringify(samples),
        )
    },
  }

  readonly crossings: CrossingStore = {
    read: () => (this.fact('crossings') ?? []) as Raised[],
    write: (raised) => this.noteFact('crossings', raised),
  }

  /** A fact by its name, as JSON. Null: there is none. */
  fact(name: string): unknown {
    const stored = this.first('SELECT value FROM facts WHERE name = ?', [name])
    return stored === null ? null : JSON.parse(stored)
  }

  noteFact(name: string, value: unknown): void {
    this.sql.exec(
      'INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)',
      name,
      JSON.stringify(value),
    )
  }

  /** Deletes the buckets of budgets that are gone, and of windows before `oldest`, by a budget's key; and old samples. */
  tidy(oldest: ReadonlyMap<string, number>): void {
    const keys = JSON.stringify([...oldest.keys()])
    this.sql.exec(
      'DELETE FROM buckets WHERE budget_id NOT IN (SELECT value FROM json_each(?))',
      keys,
    )
    for (const [key, startMs] of oldest)
      this.sql.exec('DELETE FROM buckets WHERE budget_id = ? AND start_ms < ?', key, startMs)
    this.sql.exec(
      `DELETE FROM samples WHERE key NOT IN (SELECT key FROM samples ORDER BY at_ms DESC LIMIT ${MOST_KINDS})`,
    )
  }

  /** The values of a budget's window with their buckets. */
  values(budgetId: string, startMs: number): StoredBucket[] {
    return this.sorted(budgetId, startMs, Number.MAX_SAFE_INTEGER, 'DESC')
  }

  private sorted(
    budgetId: string,
    startMs: number,
    most: number,
    order: 'ASC' | 'DESC',
  ): StoredBucket[] {
    return this.sql
      .exec<{ value: string; state: string }>(
        `SELECT value, state FROM buckets WHERE budget_id = ? AND start_ms = ? ORDER BY spent ${order} LIMIT ?`,
        budgetId,
        startMs,
        most,
      )
      .toArray()
  }

  private first(sql: string, bindings: readonly (string | number)[]): string | null {
    const [row] = this.sql.exec<{ value: string | number }>(sql, ...bindings).toArray()
    return row ? String(row.value) : null
  }
}
