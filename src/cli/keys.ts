import { CRONS } from '../ledger/crons.ts'
import { CURRENT_SQL, secretWords, VERSIONS_SQL } from '../credentials/seal/sealed.ts'
import { command, UsageError } from './command.ts'
import { queryD1, targetOf, type Target } from './d1.ts'
import { runCron } from './local.ts'
import { localPaths } from './paths.ts'
import { readFile } from 'node:fs/promises'

const USAGE = `npm run keys -- status | reseal [--remote]
  status   under which versions of MASTER_KEYS tokens, xAI keys and channels are sealed
  reseal   waits until all of them are sealed under the first one, which the Worker sees to every five minutes`

const PAUSE_MS = 30_000

const OPTIONS = { remote: { type: 'boolean' } } as const

interface Status {
  /** Versions other than the current one that secrets are still sealed under. */
  older: string[]
  /** The time when the Worker last recorded the version that seals. 0: never. */
  notedAtMs: number
  words: string
}

async function readStatus(target: Target): Promise<Status> {
  const [versions = [], noted = []] = await queryD1(target, 'DB', `${VERSIONS_SQL}; ${CURRENT_SQL}`)
  const current = noted[0] === undefined ? null : String(noted[0]['version'])
  const notedAtMs = Number(noted[0]?.['atMs'] ?? 0)
  const lines = versions.map(
    ({ version, tokens, keys, channels }) =>
      `${String(version)}${version === current ? ' (seals)' : ''}  ${secretWords({
        tokens: Number(tokens),
        keys: Number(keys),
        channels: Number(channels),
      }).join(', ')}`,
  )
  const older = versions.map(({ version }) => String(version)).filter((one) => one !== current)
  if (current === null)
    lines.push('Which version seals is not known yet: the Worker notes it within five minutes.')
  else {
    const at = new Date(notedAtMs).toISOString().slice(0, 16).replace('T', ' ')
    lines.push(
      older.length === 0
        ? `As of ${at} UTC, any other version can go from MASTER_KEYS.`
        : `As of ${at} UTC, keep ${older.join(', ')} in MASTER_KEYS: not everything is sealed anew yet.`,
    )
  }
  return { older, notedAtMs, words: lines.join('\n') }
}

async function status(target: Target): Promise<void> {
  console.log((await readStatus(target)).words)
}

/** Longer than two runs of the job take. */
const PATIENCE_MS = 15 * 60_000

async function reseal(target: Target, urlFile: string): Promise<void> {
  const beganMs = Date.now()
  let left = ''
  let sinceMs = beganMs
  for (;;) {
    // Do not wait for the cron: `wrangler dev` runs none by itself.
    if (target.kind === 'local') await runCron(await readFile(urlFile, 'utf8'), CRONS.often)
    const { older, notedAtMs, words } = await readStatus(target)
    // MASTER_KEYS may have been changed just now: only what a job has recorded since counts.
    const isFresh = notedAtMs >= beganMs
    const said = `${isFresh} ${words.replace(/As of .* UTC/, '')}`
    if (isFresh && said !== left) console.log(words)
    if (isFresh && older.length === 0) return
    if (said !== left) sinceMs = Date.now()
    else if (target.kind === 'local' || Date.now() - sinceMs > PATIENCE_MS)
      throw new Error(
        isFresh
          ? `Cannot seal anew what is sealed under ${older.join(', ')}: put that version back into MASTER_KEYS, behind the first one; /health says what does not open`
          : 'Cannot tell which version seals: the Worker’s job has not run; is its cron set?',
      )
    left = said
    if (target.kind === 'remote') await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}

await command({ usage: USAGE, options: OPTIONS, most: 1 }, async ({ values, positionals }) => {
  const target = targetOf(values.remote === true)
  const [name] = positionals
  if (name === 'status') return status(target)
  if (name === 'reseal') return reseal(target, localPaths(process.env['METRION_STATE']).urlFile)
  throw new UsageError(
    name === undefined ? 'Name a command' : `Cannot run "${name}": there is no such command`,
  )
})
