import { parseArgs, type ParseArgsOptionsConfig } from 'node:util'

/** The arguments are wrong: the usage is printed with the message. */
export class UsageError extends Error {}

interface Spec<O extends ParseArgsOptionsConfig> {
  /** Begins with the command line; then a sentence or a table. */
  usage: string
  options?: O
  /** The most arguments that are no options. Absent: none. */
  most?: number
}

const WITH_HELP = { help: { type: 'boolean', short: 'h' } } as const

/** The options and arguments, as `parseArgs` returns them. */
export type Given<O extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: O; allowPositionals: true }>
>

/**
 * Runs a command of package.json with its arguments. `--help` prints the usage, wrong arguments print it with what is
 * wrong (exit code 2), and an error prints its message alone (1). `run` returns the exit code; nothing is 0.
 */
export async function command<const O extends ParseArgsOptionsConfig>(
  { usage, options, most = 0 }: Spec<O>,
  run: (given: Given<O>) => Promise<number | void>,
): Promise<void> {
  try {
    const given = parse(options, most)
    if (given.values.help) console.log(usage)
    else process.exitCode = (await run(given as Given<O>)) ?? 0
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    if (error instanceof UsageError) console.error(`\n${usage}`)
    process.exit(error instanceof UsageError ? 2 : 1)
  }
}

function parse(options: ParseArgsOptionsConfig | undefined, most: number) {
  const known = { ...options, ...WITH_HELP }
  try {
    refuseTaken(Object.keys(options ?? {}))
    const given = parseArgs({ options: known, allowPositionals: true })
    const extra = given.positionals[most]
    if (extra !== undefined) throw new UsageError(`Cannot use "${extra}": too many arguments`)
    return given
  } catch (error) {
    // Node's message ends with advice on options that begin with a dash.
    const message = error instanceof Error ? error.message.split('. ')[0] : String(error)
    throw error instanceof UsageError ? error : new UsageError(`Cannot run: ${message}`)
  }
}

/** npm's own options, that a person may have set for all commands. */
const ALSO_NPMS = new Set(['yes', 'no-open'])

/**
 * Without `--` before them, npm takes options for its own and leaves them in the environment: the command would run
 * without them, `npm run deploy --dry-run` for real. Throws a UsageError.
 */
function refuseTaken(options: readonly string[]): void {
  for (const option of options) {
    const isNo = option.startsWith('no-')
    const name = `npm_config_${option.replace(/^no-/, '').replaceAll('-', '_')}`
    const value = process.env[name]
    const isTaken = isNo ? value === '' : (value ?? '') !== ''
    if (isTaken && !ALSO_NPMS.has(option))
      throw new UsageError(`npm has taken --${option} for itself: put -- before the options`)
  }
}

/** The whole number of an option. Throws a UsageError. */
export function wholeNumber(text: string, option: string, atLeast = 1): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= atLeast) return number
  throw new UsageError(`Cannot use ${option} ${text}: give a whole number from ${atLeast} on`)
}

/** The port in the environment variable PORT. Throws a UsageError. */
export function portOf(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port
  throw new UsageError(`Cannot use PORT ${text}: give a number from 1 to 65535`)
}
