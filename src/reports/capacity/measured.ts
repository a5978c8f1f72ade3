/**
 * What Metrion uses, measured. test/worker/reports/capacity.test.ts counts what a request and a run of the jobs use
 * through the real Worker; `npm run bench -- capacity` and `-- proxy` give the rest (docs/benchmarks.md).
 */

/** A request that lasts longer is noted while it runs: the default of MARK_AFTER_MS. */
export const LONG_MS = 10_000

/** Rows that D1 writes with a request: its row, the indexes that it is in, and its sums. */
export const ROWS_WRITTEN = {
  request: 5,
  label: 1,
  session: 4,
  tags: 1,
  /** A request of over ten seconds is noted while it runs. */
  long: 3,
} as const

/** Rows that D1 reads with a request, at most. */
export const ROWS_READ_A_REQUEST = 40

/** KV writes the record of a token once a day, and once for each change of it. */
export const KV_WRITES_A_TOKEN = 2

/** A run of each cron with nothing to do. */
export const JOB_RUN = {
  often: { rowsWritten: 3, rowsRead: 200, kvLists: 1 },
  hourly: { rowsWritten: 2, rowsRead: 60, kvLists: 2 },
  nightly: { rowsWritten: 2, rowsRead: 80, kvLists: 0 },
} as const

/**
 * By how many different requesters there are: 400 in all, or another one for each request. `bytes`: of the database for
 * each kept request, with indexes and sums. `laterRows`: written as hours and days are summed up; `goneRows`: as a row
 * and its sums are deleted after the days that rows are kept.
 */
export const BY_REQUESTERS = {
  few: { bytes: 960, laterRows: 2.6, goneRows: 3.8 },
  many: { bytes: 1_335, laterRows: 5.2, goneRows: 7.4 },
} as const

/** CPU in JavaScript of a request without a stream. */
export const PLAIN_MS = 1.5

/** CPU in JavaScript by the events of a stream, one every 10 ms: faster ones arrive several at a time, and take less. */
export const STREAM_MS = {
  /** The caller asks for usage. */
  asked: [
    [100, 2.8],
    [300, 2.9],
    [1_000, 7.6],
  ],
  /** The event with the usage is hidden, and events gather (PLAN=free). */
  hidden: [
    [100, 5.9],
    [300, 7.4],
    [1_000, 18],
  ],
  /** It is hidden, and each event passes at once (PLAN=paid, below 16 streams in an isolate). */
  atOnce: [
    [100, 23],
    [300, 58],
    [1_000, 260],
  ],
} as const satisfies Record<string, readonly (readonly [number, number])[]>

/** Calls of an account's Durable Object by a request under a budget, if each comes alone. */
export const OBJECT_CALLS = 2
/** Rows that the object writes for it (docs/spend.md). */
export const OBJECT_ROWS = 2

/** Operations of a message that passes a queue: written, read, deleted. */
export const QUEUE_OPERATIONS = 3

/** Rows that a page reads, at most, of a ledger with a million requests. */
export const ROWS_READ_A_PAGE = 20_000
