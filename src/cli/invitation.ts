import { createHash, randomBytes } from 'node:crypto'
import { mustWrangler } from './wrangler.ts'

const LIFE_MS = 86_400_000

/** Which accounts database: of this machine, in a folder, or of the deployment. */
export type Target = { kind: 'local'; stateDir: string } | { kind: 'remote' }

/** Whom a link lets in: the owner of a new account, or another owner of one that is there. */
export type Guest =
  | { account: 'new' }
  /** Only where there is no account yet. */
  | { account: 'first' }
  /** The one of this name, or the only one. */
  | { account: 'existing'; name: string | null }

/**
 * Leaves an owner's invitation in the accounts database and returns its code, which is stored nowhere.
 * Null where the database has no place for such a guest.
 */
export async function mintInvitation(target: Target, guest: Guest): Promise<string | null> {
  const code = randomBytes(24).toString('base64url')
  const hash = createHash('sha256').update(code).digest('hex')
  const nowMs = Date.now()
  const rows = await query(
    target,
    `INSERT INTO invitations (code_hash, account_id, role, created_at_ms, expires_at_ms)
     SELECT '${hash}', ${source(guest)} RETURNING code_hash`.replace(
      'NOW',
      `${nowMs}, ${nowMs + LIFE_MS}`,
    ),
  )
  return rows.length === 1 ? code : null
}

function source(guest: Guest): string {
  if (guest.account === 'new') return `NULL, 'owner', NOW`
  if (guest.account === 'first')
    return `NULL, 'owner', NOW WHERE NOT EXISTS (SELECT 1 FROM accounts)`
  const which = guest.name === null ? 'TRUE' : `name = '${guest.name.replaceAll("'", "''")}'`
  return `min(id), 'owner', NOW FROM accounts WHERE ${which} HAVING count(*) = 1`
}

export async function accountNames(target: Target): Promise<string[]> {
  const rows = await query(target, 'SELECT name FROM accounts ORDER BY name')
  return rows.map((row) => String(row['name']))
}

async function query(target: Target, command: string): Promise<Record<string, unknown>[]> {
  const where =
    target.kind === 'local' ? ['--local', '--persist-to', target.stateDir] : ['--remote', '--yes']
  const { stdout } = await mustWrangler([
    'd1',
    'execute',
    'DB',
    ...where,
    '--json',
    '--command',
    command,
  ])
  const [result] = JSON.parse(stdout) as { results: Record<string, unknown>[] }[]
  return result?.results ?? []
}
