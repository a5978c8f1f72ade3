import { createHash, randomBytes } from 'node:crypto'
import { glob } from 'node:fs/promises'
import { basename } from 'node:path'
import { queryD1 } from '../../src/cli/d1.ts'

const PER_FILE = 6
const LIFE_MS = 3_600_000

/**
 * One-time links to new accounts, by test file, all written before the tests begin: a command line that writes
 * while the Worker does may find the file of the local database locked, or lock the Worker out.
 */
export async function mintInvitations(stateDir: string): Promise<Record<string, string[]>> {
  const codes: Record<string, string[]> = {}
  for await (const file of glob('test/browser/*.test.ts'))
    codes[basename(file)] = Array.from({ length: PER_FILE }, () =>
      randomBytes(24).toString('base64url'),
    )
  const nowMs = Date.now()
  const rows = Object.values(codes)
    .flat()
    .map((code) => createHash('sha256').update(code).digest('hex'))
    .map((hash) => `('${hash}', NULL, 'owner', ${nowMs}, ${nowMs + LIFE_MS}, NULL)`)
  await queryD1(
    { kind: 'local', stateDir },
    'DB',
    `INSERT INTO invitations (code_hash, account_id, role, created_at_ms, expires_at_ms, member_id)
     VALUES ${rows.join(', ')}`,
  )
  return codes
}
