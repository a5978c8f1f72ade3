// What oxlint.config.ts forbids between the areas of `src`, by violations that are planted in a tree of their own.
import { execFile } from 'node:child_process'
import {
  copyFile,
  glob,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

interface Planted {
  what: string
  path: string
  source: string
  /** Null: nothing is wrong with it. */
  rule: string | null
}

const IMPORTS = 'eslint(no-restricted-imports)'
const TYPES = 'typescript(no-restricted-types)'
const TAKES_ENV = `import type { Env } from '../env.ts'\nexport const f = (env: Env): unknown => env.DB.prepare('SELECT 1')\n`

const PLANTED: readonly Planted[] = [
  {
    what: 'a view that imports Drizzle',
    path: 'src/pages/logs/planted-view.tsx',
    source: `import { sql } from 'drizzle-orm'\nexport const x = sql\n`,
    rule: IMPORTS,
  },
  {
    what: 'a view that reads from a store',
    path: 'src/pages/logs/reading-view.tsx',
    source: `import { findRequest } from '../../reports/requests/store.ts'\nexport const x = findRequest\n`,
    rule: IMPORTS,
  },
  {
    what: 'a view that takes the types of a store',
    path: 'src/pages/logs/typed-view.tsx',
    source: `import type { RequestRow } from '../../reports/requests/store.ts'\nexport type X = RequestRow\n`,
    rule: null,
  },
  {
    what: 'a plain file that takes Env',
    path: 'src/proxy/planted.ts',
    source: TAKES_ENV,
    rule: TYPES,
  },
  {
    what: 'a plain file that takes a binding',
    path: 'src/reports/usage/planted.ts',
    source: `export const f = (ledger: D1Database): unknown => ledger.prepare('SELECT 1')\n`,
    rule: TYPES,
  },
  { what: 'a door that takes Env', path: 'src/ledger/store.ts', source: TAKES_ENV, rule: null },
  {
    what: 'a page that imports the proxy',
    path: 'src/pages/logs/page.tsx',
    source: `import { proxy } from '../../proxy/route.ts'\nexport const x = proxy\n`,
    rule: IMPORTS,
  },
  {
    what: 'the ledger importing a page',
    path: 'src/ledger/entry.ts',
    source: `import type { X } from '../pages/logs/words.ts'\nexport type Y = X\n`,
    rule: IMPORTS,
  },
  {
    what: 'metering that knows the provider',
    path: 'src/metering/json/planted.ts',
    source: `import { ENDPOINTS } from '../../xai/endpoints.ts'\nexport const x = ENDPOINTS\n`,
    rule: IMPORTS,
  },
  {
    what: 'anything that imports the site',
    path: 'src/people/members/planted.ts',
    source: `import { site } from '../../site.tsx'\nexport const x = site\n`,
    rule: IMPORTS,
  },
  {
    what: 'Drizzle on the byte path',
    path: 'src/credentials/callers/store.ts',
    source: `import { sql } from 'drizzle-orm'\nexport const x = sql\n`,
    rule: IMPORTS,
  },
  {
    what: 'Drizzle where the accounts’ database is reached with it',
    path: 'src/people/members/store.ts',
    source: `import { sql } from 'drizzle-orm'\nexport const x = sql\n`,
    rule: null,
  },
  {
    what: 'a plain file with effects',
    path: 'src/reports/usage/effects.ts',
    source: `import { getCookie } from 'hono/cookie'\nexport const x = getCookie\n`,
    rule: IMPORTS,
  },
  {
    what: 'another way to spell the path',
    path: 'src/pages/logs/spelled-view.tsx',
    source: `import { proxy } from './../../proxy/route.ts'\nexport const x = proxy\n`,
    rule: IMPORTS,
  },
  {
    what: 'a path through the folder itself',
    path: 'src/metering/spelled.ts',
    source: `export { ENDPOINTS } from '../../src/xai/endpoints.ts'\n`,
    rule: IMPORTS,
  },
  {
    what: 'an entry that reaches a database',
    path: 'src/app.ts',
    source: `import { sql } from 'drizzle-orm'\nexport const x = sql\n`,
    rule: IMPORTS,
  },
  {
    what: 'a page with SQL',
    path: 'src/pages/health/page.tsx',
    source: TAKES_ENV.replace('../env.ts', '../../env.ts'),
    rule: 'eslint(no-restricted-properties)',
  },
  {
    what: 'a second way to reach a database beside Drizzle',
    path: 'src/people/passkeys/store.ts',
    source: TAKES_ENV.replace('../env.ts', '../../env.ts'),
    rule: 'eslint(no-restricted-properties)',
  },
  {
    what: 'a door that is named after what it stores',
    path: 'src/ledger/rollups/compaction-store.ts',
    source: TAKES_ENV.replace('../env.ts', '../../env.ts'),
    rule: null,
  },
  {
    what: 'a function of more than a screen',
    path: 'src/http/long.ts',
    source: `export function f(list: number[]): void {\n${'  list.push(1)\n'.repeat(61)}}\n`,
    rule: 'eslint(max-lines-per-function)',
  },
]

let found: { code: string; filename: string }[] = []
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'metrion-walls-'))
  // For what the configuration imports.
  await symlink(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'))
  await copyFile('oxlint.config.ts', join(folder, 'oxlint.config.ts'))
  for (const { path, source } of PLANTED) {
    await mkdir(join(folder, dirname(path)), { recursive: true })
    await writeFile(join(folder, path), source)
  }
  const { stdout } = await promisify(execFile)('oxlint', ['--format=json', 'src'], {
    cwd: folder,
  }).catch((error: unknown) => error as { stdout: string })
  found = (JSON.parse(stdout) as { diagnostics: typeof found }).diagnostics
}, 60_000)

afterAll(() => rm(folder, { recursive: true, force: true }))

test.for(PLANTED)('$what', ({ path, rule }) => {
  const rules = found.filter(({ filename }) => filename === path).map(({ code }) => code)
  const walls = rules.filter((code) => /restricted|max-lines/.test(code))
  expect(walls).toEqual(rule === null ? [] : [rule])
})

test('no INSERT goes by the order of columns', async () => {
  const files = glob('src/**/*.{ts,tsx}')
  const positional: string[] = []
  for await (const file of files) {
    const text = await readFile(file, 'utf8')
    // `rolled_up` is a view with a trigger, and filled from itself.
    for (const [found] of text.matchAll(/INSERT INTO (?!rolled_up\b)\S+\s+(SELECT|VALUES)/g))
      positional.push(`${file}: ${found}`)
  }
  expect(positional).toEqual([])
})

test('everything in src is an area with walls, or an entry', async () => {
  const { default: config } = await import('../../oxlint.config.ts')
  const walled = (config.overrides ?? []).flatMap(({ files }) =>
    files.flatMap((file) => /^src\/([a-z]+)\/\*\*$/.exec(file)?.[1] ?? []),
  )
  const areas = [...new Set(walled)]
  const entries = ['app.ts', 'bindings.d.ts', 'env.ts', 'index.ts', 'site.tsx']
  expect((await readdir('src')).toSorted()).toEqual([...areas, ...entries].toSorted())
})
