import { createHash, randomBytes } from 'node:crypto'
import { mustWrangler } from './wrangler.ts'

const LIFE_MS = 86_400_000

/** Which accounts database: of this machine, in a folder, or of the deployment. */
export type Target = { kind: 'local'; stateDir: string } | { kind: 'remote' }

/**
 * Leaves an owner's invitation in the accounts database and returns its code, which is stored nowhere.
 * With `onlyIfEmpty`: null where somebody is a member already.
 */
export async function mintInvitation(target: Target, onlyIfEmpty: boolean): Promise<string | null> {
  const code = randomBytes(24).toString('base64url')
  const hash = createHash('sha256').update(code).digest('hex')
  const nowMs = Date.now()
  const condition = onlyIfEmpty ? ' WHERE NOT EXISTS (SELECT 1 FROM members)' : ''
  const command = `INSERT INTO invitations (code_hash, role, created_at_ms, expires_at_ms) SELECT '${hash}', 'owner', ${nowMs}, ${nowMs + LIFE_MS}${condition} RETURNING code_hash`
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
  const [result] = JSON.parse(stdout) as { results: unknown[] }[]
  return result?.results.length === 1 ? code : null
}
