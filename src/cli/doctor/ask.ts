import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { clockFinding, type Finding, type FindingState } from '../../reports/health/doctor.ts'
import { queryD1, type Target } from '../d1.ts'
import { faultsIn } from '../local/ready.ts'

const PASS_MS = 600_000
const ANSWER_MS = 60_000

/** A new workers.dev host may need a minute until it is found everywhere. */
export async function untilAnswers(url: string, limitMs: number): Promise<Response> {
  const deadlineMs = Date.now() + limitMs
  for (;;) {
    const answer = await fetch(`${url}/healthz`).catch((error: unknown) => error)
    if (answer instanceof Response && (answer.ok || answer.status === 503)) return answer
    if (Date.now() > deadlineMs) {
      const why = answer instanceof Response ? `it answers ${answer.status}` : causeOf(answer)
      throw new Error(
        `The Worker does not answer at ${url}/healthz (${why}). Look at npx wrangler tail; behind Cloudflare Access, let /healthz bypass it.`,
      )
    }
    await sleep(Math.min(1_000, limitMs / 4))
  }
}

const causeOf = (error: unknown): string => {
  const { cause } = error as { cause?: unknown }
  return cause instanceof Error ? cause.message : String(error)
}

/** The doctor's findings of a deployment. Throws if the Worker does not answer. */
export async function askDoctor(url: string, target: Target): Promise<Finding[]> {
  const answer = await untilAnswers(url, 5_000)
  const pass = await mintPass(target).catch((error: unknown) => String(error))
  const response = await fetch(`${url}/healthz/doctor`, {
    method: 'POST',
    headers: { authorization: `Bearer ${pass}` },
    signal: AbortSignal.timeout(ANSWER_MS),
  })
  const clock = { ...clockFinding(Date.now(), servedAtMs(response), 'the Worker') }
  const own = { ...clock, title: 'Clock of this machine' }
  if (response.ok) {
    const { findings } = (await response.json()) as { findings: Finding[] }
    return [...findings, own]
  }
  // The database of accounts may be what is broken: what the Worker tells anybody is better than nothing.
  const faults = faultsIn(await answer.json().catch(() => null))
  return [
    {
      title: 'Doctor',
      state: 'failed',
      text: `the Worker does not let the doctor in (${response.status})`,
      fix: 'Deploy this version with npm run deploy; --url must be the address of the same deployment.',
    },
    ...faults.map((text): Finding => ({ title: 'Health', state: 'failed', text, fix: null })),
    own,
  ]
}

function servedAtMs(response: Response): number | null {
  const ms = Date.parse(response.headers.get('date') ?? '')
  return Number.isNaN(ms) ? null : ms
}

/** Puts a pass into the database: who may write there is the operator. */
async function mintPass(target: Target): Promise<string> {
  const pass = randomBytes(24).toString('base64url')
  const hash = createHash('sha256').update(pass).digest('hex')
  await queryD1(
    target,
    'DB',
    `INSERT INTO operator_passes (secret_hash, expires_at_ms) VALUES ('${hash}', ${Date.now() + PASS_MS})`,
  )
  return pass
}

const MARKS: Record<FindingState, string> = {
  ok: 'ok     ',
  absent: 'absent ',
  waiting: 'waiting',
  failed: 'FAILED ',
}

/** Prints a line for each, with what to do under it. Returns how many have failed. */
export function printFindings(findings: readonly Finding[]): number {
  for (const { title, state, text, fix } of findings) {
    console.log(`  ${MARKS[state]}  ${title}: ${text}`)
    if (fix !== null) console.log(`           ${fix}`)
  }
  return findings.filter(({ state }) => state === 'failed').length
}
