import { and, asc, eq, isNull } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import type { Env } from '../../env.ts'
import { tokens } from '../../schema/accounts.ts'
import { open } from '../seal/seal.ts'
import type { Member } from '../sessions/store.ts'
import { INFO, tokenContext, type TokenInfo } from './store.ts'

export interface RevealedToken extends TokenInfo {
  /** Null: this member may not see it. */
  token: string | null
}

/** Only who made a token, or an owner, may see its text, and replace it by another that is seen. */
export const mayReveal = (
  { id: memberId, role }: Pick<Member, 'id' | 'role'>,
  { createdBy: maker }: Pick<TokenInfo, 'createdBy'>,
): boolean => role === 'owner' || (role === 'member' && maker === memberId)

/** The account's valid tokens, the oldest first, with the texts that a member may see. */
export async function revealTokens(
  env: Env,
  member: Pick<Member, 'id' | 'role' | 'accountId'>,
): Promise<RevealedToken[]> {
  const { accountId } = member
  const rows = await drizzle(env.DB)
    .select({ ...INFO, sealed: tokens.sealed })
    .from(tokens)
    .where(and(eq(tokens.accountId, accountId), isNull(tokens.revokedAtMs)))
    .orderBy(asc(tokens.createdAtMs), asc(tokens.id))
  return Promise.all(
    rows.map(async ({ sealed, ...row }) => ({
      ...row,
      token: mayReveal(member, row)
        ? await open(env.MASTER_KEYS, tokenContext(accountId, row.id), sealed)
        : null,
    })),
  )
}
