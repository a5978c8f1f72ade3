import type { Env } from '../../env.ts'
import { listTokens, type TokenInfo } from './store.ts'

/** A token as lists show it: with the last four characters of its text, which a leaked one is found by. */
export const tokenTitle = ({
  name: own,
  lastFour: end,
}: Pick<TokenInfo, 'name' | 'lastFour'>): string => `${own} …${end}`

/** Token titles by token id, including revoked tokens. */
export async function tokenTitles(env: Env, accountId: string): Promise<Map<string, string>> {
  return new Map((await listTokens(env, accountId)).map((one) => [one.id, tokenTitle(one)]))
}

/** Token names by token id, including revoked tokens. */
export async function tokenNames(env: Env, accountId: string): Promise<Map<string, string>> {
  return new Map((await listTokens(env, accountId)).map((token) => [token.id, token.name]))
}
