/** Text as an SQL literal, for statements without parameters. */
export const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`

/**
 * Part of a WITH RECURSIVE: the accounts of a table, found one by one through its primary key, without a table scan.
 */
export const everyAccountOf = (table: string): string => `accounts (id) AS (
    SELECT min(account_id) FROM ${table} UNION ALL
    SELECT (SELECT min(account_id) FROM ${table} WHERE account_id > accounts.id)
    FROM accounts WHERE accounts.id IS NOT NULL)`
