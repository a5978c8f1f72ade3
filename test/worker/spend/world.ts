import { env } from 'cloudflare:workers'
import { api, type Account } from '../world.ts'

export const USD = 10_000_000_000

/** A budget as `POST budgets` takes it; what is left out is by default. */
export const BUDGET = {
  name: 'month',
  scope: { kind: 'account', value: null },
  meter: 'cost',
  window: 'month',
  limit: USD,
  action: 'refuse',
} as const

export interface BudgetJson {
  id: string
  state: {
    value: string | null
    spent: number
    reserved: number
    leased: number
    unaccounted: number
    limit: number
    windowStart: string
    resetsAt: string | null
    running: number
    mostOver: number
  }[]
}

export async function createBudget(account: Account, changes: object = {}): Promise<BudgetJson> {
  const response = await api(account, 'POST', '/budgets', { ...BUDGET, ...changes })
  if (response.status !== 201) throw new Error(await response.text())
  return response.json()
}

export async function budgetOf(account: Account, id: string, query = ''): Promise<BudgetJson> {
  const response = await api(account, 'GET', `/budgets/${id}${query}`)
  if (response.status !== 200) throw new Error(await response.text())
  return response.json()
}

/** A chat completion's JSON answer with xAI's own bill. */
export const billed = (ticks: number, tokens = 20, model = 'grok-4.3') => ({
  id: `answer-${crypto.randomUUID()}`,
  object: 'chat.completion',
  model,
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
  usage: {
    prompt_tokens: tokens / 2,
    completion_tokens: tokens / 2,
    total_tokens: tokens,
    cost_in_usd_ticks: ticks,
  },
})

/** What the accounts' database knows of the calling account. */
export async function accountIdOf({ tokenId }: Account): Promise<string> {
  const row = await env.DB.prepare('SELECT account_id AS id FROM tokens WHERE id = ?1')
    .bind(tokenId)
    .first<{ id: string }>()
  return row!.id
}
