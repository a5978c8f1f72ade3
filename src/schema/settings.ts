import { integer, text } from 'drizzle-orm/sqlite-core'
import type { ACCOUNT_SETTINGS, TOKEN_SETTINGS } from '../credentials/callers/settings.ts'

type Table = typeof ACCOUNT_SETTINGS | typeof TOKEN_SETTINGS

const flag = (column: string, byDefault: boolean) =>
  integer(column, { mode: 'boolean' }).notNull().default(byDefault)
const list = (column: string, byDefault: readonly string[]) =>
  text(column, { mode: 'json' }).$type<readonly string[]>().notNull().default(byDefault)
const choice = <V extends string>(column: string, byDefault: V) =>
  text(column).$type<V>().notNull().default(byDefault)
const allowed = (column: string) => text(column, { mode: 'json' }).$type<readonly string[]>()
const nullableText = (column: string) => text(column)
const nullableNumber = (column: string) => integer(column)

type ColumnOf<S> = S extends { kind: 'flag' }
  ? ReturnType<typeof flag>
  : S extends { kind: 'list' }
    ? ReturnType<typeof list>
    : S extends { kind: 'choice'; values: readonly (infer V extends string)[] }
      ? ReturnType<typeof choice<V>>
      : S extends { kind: 'allowed' }
        ? ReturnType<typeof allowed>
        : S extends { kind: 'number' }
          ? ReturnType<typeof nullableNumber>
          : ReturnType<typeof nullableText>

/** The columns of a table of settings. */
export function columnsOf<T extends Table>(settings: T): { [K in keyof T]: ColumnOf<T[K]> } {
  const columns = Object.entries(settings).map(([name, setting]) => {
    const { column, kind, byDefault } = setting
    if (kind === 'flag') return [name, flag(column, byDefault)]
    if (kind === 'list') return [name, list(column, byDefault)]
    if (kind === 'choice') return [name, choice(column, byDefault)]
    if (kind === 'allowed') return [name, allowed(column)]
    return [name, kind === 'number' ? nullableNumber(column) : nullableText(column)]
  })
  return Object.fromEntries(columns) as { [K in keyof T]: ColumnOf<T[K]> }
}
