import { expect } from 'vitest'
import { api, makeAccount, type Account } from '../world.ts'

/** An account, and how a test makes and changes tokens of it. */
export async function tokensOf() {
  const owner = await makeAccount()
  const tokenWith = async (fields: object): Promise<Account> => {
    const made = await api(owner, 'POST', '/tokens', { name: 'limited', scope: 'all', ...fields })
    expect(made.status).toBe(201)
    const { token, id } = await made.json<{ token: string; id: string }>()
    return { ...owner, token, tokenId: id }
  }
  const set = (account: Account, changes: object): Promise<Response> =>
    api(owner, 'PATCH', `/tokens/${account.tokenId}`, changes)
  return { owner, tokenWith, set }
}
