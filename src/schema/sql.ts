/** Text as an SQL literal, for statements that take no parameters. */
export const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** A part of WITH RECURSIVE: a table's accounts one by one, by its primary key, without reading it. */
export const everyAccountOf = (table: string): string => `accounts (id) AS (
    SELECT min(account_id) FROM ${table} UNION ALL
    SELECT (SELECT min(account_id) FROM ${table} WHERE account_id > accounts.id)
    FROM accounts WHERE accounts.id IS NOT NULL)`
