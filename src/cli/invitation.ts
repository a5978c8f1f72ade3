import { createHash, randomBytes } from 'node:crypto'
import { quote } from '../schema/sql.ts'
import { queryD1, type D1Row, type Target } from './d1.ts'
import { DAY_MS } from '../http/time.ts'

const LIFE_MS = DAY_MS

/** The recipient of a one-time link. */
export type Guest =
  | { account: 'new' }
  /** Only while there is no account yet. */
  | { account: 'first' }
  /** Another owner of the account with this name or ID, or of the only account. */
  | { account: 'existing'; name: string | null }
  /** The member with this e-mail: back into the account with this name or ID, or into the only one they are in. */
  | { account: 'own'; email: string; name: string | null }

/**
 * Creates an invitation in the accounts database and returns its code, of which only the hash is stored. Null:
 * the guest matches no account or member, or several; for `first`, there is an account already.
 */
export async function mintInvitation(target: Target, guest: Guest): Promise<string | null> {
  const code = randomBytes(24).toString('base64url')
  const hash = createHash('sha256').update(code).digest('hex')
  const nowMs = Date.now()
  const rows = await query(
    target,
    `INSERT INTO invitations (code_hash, opens_first, account_id, role, created_at_ms, expires_at_ms, member_id)
     SELECT '${hash}', ${guest.account === 'first' ? `'link'` : 'NULL'}, ${source(guest, `${nowMs}, ${nowMs + LIFE_MS}`)} RETURNING code_hash`,
  )
  return rows.length === 1 ? code : null
}

/** `times`: creation and expiry, as SQL. */
function source(guest: Guest, times: string): string {
  if (guest.account === 'new') return `NULL, 'owner', ${times}, NULL`
  if (guest.account === 'first')
    return `NULL, 'owner', ${times}, NULL WHERE NOT EXISTS (SELECT 1 FROM accounts)`
  const which =
    guest.name === null ? 'TRUE' : `${quote(guest.name)} IN (accounts.name, accounts.id)`
  if (guest.account === 'existing')
    return `min(id), 'owner', ${times}, NULL FROM accounts WHERE ${which} HAVING count(*) = 1`
  return `min(members.account_id), min(members.role), ${times}, min(members.id)
    FROM members JOIN accounts ON accounts.id = members.account_id
    WHERE members.email = ${quote(guest.email.toLowerCase())} AND ${which} HAVING count(*) = 1`
}

/** The names of the accounts that have a member with this e-mail. */
export async function accountNamesOf(target: Target, email: string): Promise<string[]> {
  const rows = await query(
    target,
    `SELECT accounts.name || ' (' || accounts.id || ')' AS name FROM members JOIN accounts ON accounts.id = members.account_id
     WHERE members.email = ${quote(email.toLowerCase())} ORDER BY 1`,
  )
  return rows.map((row) => String(row['name']))
}

export async function accountNames(target: Target): Promise<string[]> {
  const rows = await query(
    target,
    `SELECT name || ' (' || id || ')' AS name FROM accounts ORDER BY name`,
  )
  return rows.map((row) => String(row['name']))
}

async function query(target: Target, command: string): Promise<D1Row[]> {
  return (await queryD1(target, 'DB', command))[0] ?? []
}
