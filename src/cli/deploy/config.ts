import { readdir, readFile } from 'node:fs/promises'
import { parse } from 'smol-toml'

interface Queue {
  queue: string
}

/** The parts of wrangler.toml that commands read. */
export interface Config {
  name: string
  vars?: Record<string, string | number | boolean>
  queues: { producers: Queue[]; consumers: (Queue & { dead_letter_queue?: string })[] }
  d1_databases: { binding: 'DB' | 'LEDGER'; database_name: string; migrations_dir: string }[]
  [more: string]: unknown
}

/** The migrations in a folder, in their order. */
export const migrationsIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted()

export const CONFIG_FILE = 'wrangler.toml'

export async function readConfig(): Promise<Config> {
  const text = await readFile(CONFIG_FILE, 'utf8').catch(() => {
    throw new Error(`Cannot read ${CONFIG_FILE}: run this in the folder of the repository`)
  })
  try {
    return parse(text) as unknown as Config
  } catch (error) {
    throw new Error(
      `Cannot read ${CONFIG_FILE}: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    )
  }
}

/** The names of all queues, each once. */
export const queuesOf = ({ queues: { producers, consumers } }: Config): string[] => [
  ...new Set([
    ...producers.map(({ queue }) => queue),
    ...consumers.flatMap(({ queue, dead_letter_queue: dead }) => (dead ? [queue, dead] : [queue])),
  ]),
]
