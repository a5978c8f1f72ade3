import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  clockFinding,
  failed,
  type Finding,
  type FindingState,
} from '../../reports/health/doctor.ts'
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
        `The Worker does not answer at ${url}/healthz (${why}). ${isLocal(url) ? 'Run npm start and leave it running.' : 'Look at npx wrangler tail; behind Cloudflare Access, let /healthz bypass it.'}`,
      )
    }
    await sleep(Math.min(1_000, limitMs / 4))
  }
}

const isLocal = (url: string): boolean => ['localhost', '127.0.0.1'].includes(new URL(url).hostname)

const causeOf = (error: unknown): string => {
  const { cause } = error as { cause?: unknown }
  return cause instanceof Error ? cause.message : String(error)
}

/** The doctor's findings of a deployment. Throws if the Worker does not answer. */
export async function askDoctor(url: string, target: Target): Promise<Finding[]> {
  const health = await untilAnswers(url, 5_000)
  const pass = await mintPass(target).catch((error: unknown) => asError(error))
  if (pass instanceof Error)
    return onlyHealth(health, 'cannot write its pass into the database of accounts', pass.message)
  const response = await fetch(`${url}/healthz/doctor`, {
    method: 'POST',
    headers: { authorization: `Bearer ${pass}` },
    signal: AbortSignal.timeout(ANSWER_MS),
  })
  if (!response.ok)
    return onlyHealth(
      health,
      `the Worker does not let the doctor in (${response.status})`,
      'Deploy this version with npm run deploy; --url must be the address of the same deployment.',
    )
  const { findings } = (await response.json()) as { findings: Finding[] }
  return [...findings, ownClock(response)]
}

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error(String(error))

/** What the Worker tells anybody, where the doctor does not get in: the database of accounts may be what is broken. */
async function onlyHealth(health: Response, text: string, fix: string): Promise<Finding[]> {
  const faults = faultsIn(await health.json().catch(() => null))
  return [
    failed('Doctor', text, fix),
    ...faults.map(({ title, fix: help }) => failed(title, 'does not work', help)),
    ownClock(health),
  ]
}

function ownClock(response: Response): Finding {
  const ms = Date.parse(response.headers.get('date') ?? '')
  const finding = clockFinding(Date.now(), Number.isNaN(ms) ? null : ms, 'the Worker')
  return { ...finding, title: 'Clock of this machine' }
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

const INDENT = ' '.repeat(11)

/** Prints a line for each, with what to do under it. Returns how many have failed. */
export function printFindings(findings: readonly Finding[]): number {
  for (const { title, state, text, fix } of findings) {
    console.log(`  ${MARKS[state]}  ${title}: ${text}`)
    if (fix !== null) console.log(fix.replaceAll(/^(?=.)/gm, INDENT))
  }
  return findings.filter(({ state }) => state === 'failed').length
}
