/** What a query has read. */
export interface Read {
  /** That the query looked at. */
  rows: number
  /** That it answered with: rows times columns, of which each becomes a value of JavaScript's. */
  values: number
}

/** A statement that notes how many rows it read. */
class Counting {
  readonly #inner: D1PreparedStatement
  readonly #read: Read[]
  constructor(inner: D1PreparedStatement, read: Read[]) {
    this.#inner = inner
    this.#read = read
  }
  static async batch(statements: Counting[], ledger: D1Database): Promise<D1Result[]> {
    const results = await ledger.batch(statements.map((one) => one.#inner))
    for (const [index, result] of results.entries()) statements[index]!.#note(result)
    return results
  }
  bind(...values: unknown[]): Counting {
    return new Counting(this.#inner.bind(...values), this.#read)
  }
  #note({ meta, results }: D1Result): void {
    const columns = Object.keys(results[0] ?? {}).length
    this.#read.push({ rows: meta.rows_read, values: results.length * columns })
  }
  async all(): Promise<D1Result> {
    const result = await this.#inner.all()
    this.#note(result)
    return result
  }
  async first(): Promise<unknown> {
    return (await this.all()).results[0] ?? null
  }
  run(): Promise<D1Result> {
    return this.all()
  }
}

/** D1 that notes what each query has read. */
export const noting = (database: D1Database, read: Read[]): D1Database =>
  ({
    prepare: (sql: string) => new Counting(database.prepare(sql), read),
    batch: (statements: Counting[]) => Counting.batch(statements, database),
  }) as unknown as D1Database
