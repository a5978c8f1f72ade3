import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { columnOf, FIELDS } from '../../src/ledger/columns.ts'
import { rollupSql, nextPartsSql } from '../../src/ledger/rollups/sql.ts'
import { rebuildSessionsSql } from '../../src/ledger/session-sums.ts'
import { sumUpSql } from '../../src/ledger/rebuild.ts'
import { firstUuid } from '../../src/http/uuid.ts'
import { DAY_MS } from '../../src/http/time.ts'
import { madeUpRequests, type Shape } from './made-up.ts'

const SQLITE_FOLDER = 'v3/d1/miniflare-D1DatabaseObject'
const NEVER_LOST = /^(CREATE INDEX|CREATE TRIGGER)/

/** The SQLite file that holds the ledger of a local state folder, which wrangler names by a hash. */
export function ledgerFile(stateDir: string): string {
  const folder = join(stateDir, SQLITE_FOLDER)
  for (const name of readdirSync(folder).filter((file) => /^[0-9a-f]+\.sqlite$/.test(file))) {
    const database = new DatabaseSync(join(folder, name), { readOnly: true })
    const has = database
      .prepare(`SELECT 1 FROM sqlite_master WHERE name = 'rollups' AND type = 'table'`)
      .get()
    database.close()
    if (has) return join(folder, name)
  }
  throw new Error(`Cannot find a ledger in ${stateDir}: run npm start once`)
}

/**
 * Fills an account's ledger with made-up requests, straight into the file: without its triggers and
 * indexes, which are made again behind it. Nobody else may have the file open.
 */
export function seedLedger(file: string, accountId: string, shape: Shape): void {
  const database = new DatabaseSync(file)
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000')
  const schema = database
    .prepare(
      `SELECT type, name, sql FROM sqlite_master WHERE tbl_name = 'requests' AND sql IS NOT NULL`,
    )
    .all() as { type: string; name: string; sql: string }[]
  const dropped = schema.filter(({ sql }) => NEVER_LOST.test(sql.trim()))
  for (const { type, name } of dropped) database.exec(`DROP ${type} ${name}`)

  const insert = database.prepare(
    `INSERT INTO requests (${FIELDS.map((field) => columnOf(field).sql).join(', ')}) VALUES (${FIELDS.map(() => '?').join(', ')})`,
  )
  database.exec('BEGIN')
  for (const request of madeUpRequests(accountId, shape)) {
    insert.run(...FIELDS.map((field) => request[field]))
  }
  database.exec('COMMIT')
  const beforeMs = Math.ceil(shape.endMs / DAY_MS) * DAY_MS
  for (let ms = beforeMs - (shape.days + 1) * DAY_MS; ms < beforeMs; ms += DAY_MS) {
    database.exec(sumUpSql({ fromMs: ms, beforeMs: ms + DAY_MS, accountId, evenPruned: true }))
  }
  const rows = database
    .prepare('SELECT count(*) AS n FROM requests WHERE account_id = ? AND id >= ?')
    .get(accountId, firstUuid(0)) as { n: number }
  database
    .prepare(`INSERT INTO writers VALUES ('seed', ?, ?, 0, 0, NULL, ?, 0) ON CONFLICT DO NOTHING`)
    .run(rows.n, rows.n, shape.endMs)
  for (const { sql } of dropped) database.exec(sql)
  const everything = { fromMs: 0, beforeMs: shape.endMs + DAY_MS, accountId, evenPruned: true }
  for (const sql of rebuildSessionsSql(everything)) database.exec(sql)
  // As the jobs of a month would have left it.
  fold(database, shape.endMs)
  database.close()
}

function fold(database: DatabaseSync, beforeMs: number): void {
  for (const kind of ['hour', 'day'] as const) {
    const next = database.prepare(nextPartsSql(kind))
    for (;;) {
      // Of which the jobs would take fewer at once.
      const parts = next.all(beforeMs, 1, 24)
      if (parts.length === 0) break
      for (const sql of rollupSql(kind)) database.prepare(sql).run(JSON.stringify(parts))
    }
  }
}
