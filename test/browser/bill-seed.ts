import { queryD1 } from '../../src/cli/d1.ts'
import { ledgerFile, seedLedger } from '../bench/seed.ts'
import type { Team } from '../xai/management-team.ts'

const USD = 10_000_000_000

/** Made-up requests of a month, as if the xAI key had been there all the time. The Worker must not run. */
export async function seedMonth(stateDir: string): Promise<void> {
  const target = { kind: 'local', stateDir } as const
  const [accounts = []] = await queryD1(target, 'DB', 'SELECT id FROM accounts')
  await queryD1(target, 'DB', 'UPDATE provider_keys SET saved_at_ms = 0')
  seedLedger(ledgerFile(stateDir), String(accounts[0]!['id']), {
    rows: 3_000,
    days: 30,
    // Until midnight: the tour has made today's requests itself.
    endMs: Date.now() - (Date.now() % 86_400_000),
    seed: 1,
  })
}

/** Plays a bill that is nearly the ledger's, an invoice and credit. Returns the management key. */
export async function playBill(management: string, key: string, stateDir: string): Promise<string> {
  const tail = key.slice(-12)
  const [hours = []] = await queryD1(
    { kind: 'local', stateDir },
    'LEDGER',
    `SELECT hour_ms, model, sum(reported_ticks + computed_ticks + estimated_ticks - pass_through_ticks) AS ticks
     FROM rollups GROUP BY 1, 2 ORDER BY 1, 2`,
  )
  const usage = hours.flatMap((row, index) => {
    const one = { model: String(row['model']), hourMs: Number(row['hour_ms']) }
    const usd = Number(row['ticks']) / USD
    return [
      { ...one, keyId: `id-${tail}`, usd: index % 97 === 0 ? usd * 1.2 : usd },
      ...(index % 11 === 0 ? [{ ...one, keyId: 'another', usd: usd / 2 }] : []),
    ]
  })
  const lines = [
    {
      description: 'grok-4.3 input tokens',
      unitPrice: '125',
      numUnits: '18400000',
      amount: '2300',
    },
    {
      description: 'grok-4.3 output tokens',
      unitPrice: '250',
      numUnits: '9200000',
      amount: '2300',
    },
    {
      description: 'grok-build-0.1 cached input',
      unitPrice: '20',
      numUnits: '52000000',
      amount: '1040',
    },
  ].map((line) => ({ ...line, unitType: 'tokens' }))
  const team: Team = {
    key: 'xai-token-shots-0123456789',
    usage,
    invoice: {
      coreInvoice: {
        lines,
        prepaidCredits: { val: '-15000' },
        prepaidCreditsUsed: { val: '-5640' },
      },
      effectiveSpendingLimit: '20000',
      billingCycle: { year: 2026, month: 11 },
    },
  }
  await fetch(`${management}/team/team-${tail}`, { method: 'PUT', body: JSON.stringify(team) })
  return team.key
}
