import type { Member } from '../../credentials/sessions/store.ts'
import type { Env } from '../../env.ts'
import { readChecklist, type Checklist } from '../../people/accounts/checklist-store.ts'
import { hasHadRequests } from '../../reports/requests/store.ts'

/** The first steps that are left to a member. `latest`: the account's newest request, if there is one. */
export async function checklistOf(
  env: Pick<Env, 'DB' | 'LEDGER'>,
  member: Member,
  latest: { mode: string } | null,
): Promise<Checklist | null> {
  const request = latest !== null || (await hasHadRequests(env.LEDGER, member.accountId))
  return readChecklist(env.DB, member, { request, mode: latest?.mode })
}
