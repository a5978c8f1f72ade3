import { defineConfig, type OxlintOverride } from 'oxlint'

/**
 * The areas of `src` and what each may import (docs/architecture.md says what each is for). An arrow that is not
 * here does not pass the lint; `env.ts` is for those that take bindings, and nothing imports `app`, `site` or `index`.
 */
const DATA = ['credentials', 'http', 'ledger', 'pricing', 'schema'] as const
const MAY_IMPORT = {
  http: [],
  schema: ['alerts', 'audit', 'credentials', 'ledger', 'metering', 'spend'],
  metering: ['http'],
  pricing: ['metering'],
  xai: ['http', 'metering', 'pricing'],
  spend: ['alerts', 'audit', ...DATA, 'metering', 'reports', 'settlement', 'xai'],
  audit: ['http', 'schema'],
  alerts: ['audit', ...DATA, 'reports', 'settlement', 'spend'],
  billing: ['alerts', 'audit', ...DATA, 'reports', 'spend', 'xai'],
  exports: ['alerts', 'audit', ...DATA, 'reports', 'spend'],
  ledger: ['audit', 'http', 'metering', 'pricing', 'schema'],
  credentials: ['audit', 'http', 'ledger', 'schema', 'spend', 'xai'],
  settlement: [...DATA, 'metering', 'spend', 'xai'],
  proxy: ['credentials', 'http', 'ledger', 'metering', 'pricing', 'settlement', 'spend', 'xai'],
  people: ['audit', 'credentials', 'http', 'ledger', 'schema', 'spend'],
  reports: ['audit', ...DATA, 'metering', 'settlement'],
  web: ['http'],
  pages: [
    'alerts',
    'audit',
    'billing',
    'credentials',
    'exports',
    'http',
    'ledger',
    'people',
    'pricing',
    'reports',
    'spend',
    'web',
    'xai',
  ],
  jobs: [
    'alerts',
    'billing',
    'credentials',
    'exports',
    'http',
    'ledger',
    'people',
    'settlement',
    'spend',
  ],
  cli: ['credentials', 'http', 'jobs', 'ledger', 'people', 'reports', 'schema'],
} as const satisfies Record<string, readonly string[]>

type Area = keyof typeof MAY_IMPORT
const AREAS = Object.keys(MAY_IMPORT) as Area[]

/** The files that do I/O, by name (`store.ts`, `origins-store.ts`): only they may take `Env` or a binding of it. */
const DOORS = ['store', 'queue', 'object', 'middleware', 'route', 'page', 'job']
/** On the byte path a row and a key pass through these as well; `jobs` counts what bindings are asked. */
const MORE_DOORS = [
  'src/{app,env,index,site}.{ts,tsx}',
  'src/proxy/{access,cors,key,record,request,rehearsal}.ts',
  'src/proxy/socket/turn-recorder.ts',
  'src/ledger/{shared-rows,outbox/writer,sinks/sink}.ts',
  'src/jobs/*.ts',
  'src/cli/**',
]
const doorsOf = (area: string): string[] => [
  `src/${area}/**/{${DOORS.flatMap((name) => [name, `*-${name}`]).join(',')}}.{ts,tsx}`,
]

/** Where the accounts' database is reached with Drizzle; everything else uses prepared statements. */
const WITH_DRIZZLE = [
  'src/audit/store.ts',
  'src/credentials/{api-tokens,keys,sessions,tokens}/{store,*-store}.ts',
  'src/people/**/{store,*-store}.ts',
  'src/alerts/{channels,rules}/store.ts',
  'src/billing/keys/store.ts',
  'src/spend/budgets/store.ts',
  'src/schema/*.ts',
]

const BINDINGS = [
  'Bindings',
  'Env',
  'D1Database',
  'KVNamespace',
  'R2Bucket',
  'Queue',
  'AnalyticsEngineDataset',
  'DurableObjectNamespace',
]

interface Restriction {
  regex: string
  message: string
  allowTypeImports?: boolean
}

const wall = (area: Area): Restriction => {
  const allowed: readonly string[] = MAY_IMPORT[area]
  const forbidden = AREAS.filter((one) => one !== area && !allowed.includes(one))
  return {
    // However the path is spelled: `./../proxy/…`, `../../src/proxy/…`.
    regex: `^(\\./)*(\\.\\./)+(src/)?((${forbidden.join('|')})/|(app|index|site)\\.tsx?$)`,
    message: `${area}/ may import ${allowed.join(', ') || 'no other area'}; see oxlint.config.ts.`,
  }
}

const DRIZZLE: Restriction = {
  regex: '^drizzle-orm',
  message: 'Prepared statements here: Drizzle is for the accounts’ database off the byte path.',
}
const EFFECTS: Restriction = {
  regex: '^hono$|^hono/[^j]|^(cloudflare|node):',
  message: `Pure file: effects live in ${DOORS.join(', ')}.`,
}
const STORES: Restriction = {
  regex: '/store\\.ts$',
  allowTypeImports: true,
  message: 'Views take data: the page reads it and hands it over.',
}

const restrict = (files: string[], patterns: Restriction[], excludeFiles: string[] = []) =>
  ({
    files,
    excludeFiles,
    rules: { 'no-restricted-imports': ['error', { patterns }] },
  }) satisfies OxlintOverride

/** Of several overrides for one file the last one holds, so that each says all that it restricts. */
const walls = AREAS.flatMap((area) => [
  restrict(
    [`src/${area}/**`],
    [wall(area), DRIZZLE, EFFECTS, ...(area === 'pages' ? [STORES] : [])],
  ),
  restrict(
    [...doorsOf(area), ...MORE_DOORS.filter((one) => one.startsWith(`src/${area}/`))],
    [wall(area), DRIZZLE],
  ),
  restrict(
    WITH_DRIZZLE.filter((one) => one.startsWith(`src/${area}/`)),
    [wall(area)],
  ),
])

export default defineConfig({
  ignorePatterns: ['test/client/api.d.ts', 'src/bindings.d.ts'],
  plugins: ['typescript', 'unicorn', 'oxc', 'import'],
  categories: { correctness: 'error', suspicious: 'error' },
  options: { typeAware: true },
  rules: {
    'typescript/no-floating-promises': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/switch-exhaustiveness-check': 'error',
    'typescript/consistent-type-imports': 'error',
    'import/no-cycle': 'error',
    'import/no-unassigned-import': 'off',
    'max-lines': ['error', { max: 200, skipBlankLines: true, skipComments: true }],
    'typescript/consistent-return': 'off',
    'typescript/no-unsafe-type-assertion': 'off',
    'no-shadow': 'off',
    'no-await-in-loop': 'off',
    'no-underscore-dangle': 'off',
  },
  overrides: [
    // The entry and its parts may import every area, and reach no database themselves.
    restrict(['src/*.{ts,tsx}'], [DRIZZLE]),
    ...walls.filter(({ files }) => files.length > 0),
    {
      files: ['src/**'],
      excludeFiles: [...AREAS.flatMap(doorsOf), ...MORE_DOORS],
      rules: {
        'typescript/no-restricted-types': [
          'error',
          {
            types: Object.fromEntries(
              BINDINGS.map((name) => [
                name,
                `Only ${DOORS.join(', ')} take bindings, and those that oxlint.config.ts names.`,
              ]),
            ),
          },
        ],
      },
    },
    {
      // Pages have no SQL, and what Drizzle reaches is not reached in a second way beside it.
      files: ['src/pages/**', ...WITH_DRIZZLE],
      rules: {
        'no-restricted-properties': [
          'error',
          { property: 'prepare', message: 'A store reads and writes; see oxlint.config.ts.' },
        ],
      },
    },
    {
      files: ['src/**'],
      rules: {
        'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      },
    },
    {
      files: ['test/**'],
      rules: {
        'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
        'unicorn/consistent-function-scoping': 'off',
        'typescript/consistent-type-imports': 'off',
      },
    },
  ],
})
