import { parseArgs } from 'node:util'
import { CRONS } from '../crons.ts'
import { CURRENT_SQL, VERSIONS_SQL } from '../seal/sealed.ts'
import { queryD1, type Target } from './d1.ts'
import { localPaths, runCron } from './local.ts'
import { readFile } from 'node:fs/promises'

const USAGE = `npm run keys -- status | reseal [--remote]
  status   under which versions of MASTER_KEYS tokens and xAI keys are sealed
  reseal   waits until all of them are sealed under the first one, which the Worker sees to every five minutes`

const PAUSE_MS = 30_000

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { remote: { type: 'boolean' } },
  })
  const paths = localPaths(process.env['METRION_STATE'])
  const target: Target = values.remote
    ? { kind: 'remote' }
    : { kind: 'local', stateDir: paths.stateDir }
  const [command = ''] = positionals
  if (command === 'status') await status(target)
  else if (command === 'reseal') await reseal(target, paths.urlFile)
  else throw new Error(`Cannot run "${command}": there is no such command`)
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
  process.exit(1)
}

interface Status {
  /** The version that seals, as a job has noted it; null: none has run. */
  current: string | null
  /** Others, under which something is sealed. */
  older: string[]
  words: string
}

async function readStatus(target: Target): Promise<Status> {
  const [versions = [], noted = []] = await queryD1(target, 'DB', `${VERSIONS_SQL}; ${CURRENT_SQL}`)
  const current = noted[0] === undefined ? null : String(noted[0]['version'])
  const lines = versions.map(
    ({ version, tokens, keys }) =>
      `${String(version)}${version === current ? ' (seals)' : ''}  ${String(tokens)} tokens, ${String(keys)} xAI keys`,
  )
  const older = versions.map(({ version }) => String(version)).filter((one) => one !== current)
  lines.push(
    older.length === 0
      ? 'Any other version can go from MASTER_KEYS.'
      : `Keep ${older.join(', ')} in MASTER_KEYS: not everything is sealed anew yet.`,
  )
  return { current, older, words: lines.join('\n') }
}

async function status(target: Target): Promise<void> {
  console.log((await readStatus(target)).words)
}

/** Longer than it takes the job to run twice. */
const PATIENCE_MS = 15 * 60_000

async function reseal(target: Target, urlFile: string): Promise<void> {
  let said = ''
  for (let sinceMs = Date.now(); ;) {
    const { older, words } = await readStatus(target)
    if (words !== said) {
      console.log(words)
      sinceMs = Date.now()
    } else if (target.kind === 'local' || Date.now() - sinceMs > PATIENCE_MS) {
      throw new Error(
        `Cannot seal anew what is sealed under ${older.join(', ')}: put that version back into MASTER_KEYS, behind the first one`,
      )
    }
    said = words
    if (older.length === 0) return
    // Here nobody runs the jobs but whoever asks.
    if (target.kind === 'local') await runCron(await readFile(urlFile, 'utf8'), CRONS.often)
    else await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}
