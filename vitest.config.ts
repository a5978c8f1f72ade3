import { resolve } from 'node:path'
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import type { InlineConfig } from 'vitest/node'
import { buildAssets } from './src/cli/build.ts'

// A secret that wrangler.toml requires; the tests' own.
process.env['MASTER_KEYS'] = `1:${Buffer.alloc(32, 1).toString('base64')}`

// Half the start of every Node that a test starts: a command, or wrangler.
process.env['NODE_COMPILE_CACHE'] ??= resolve('node_modules/.cache/node')

// wrangler.toml names the folder, and refuses to do without it.
await buildAssets()

// What is waited for comes when it comes, also on a slow machine.
const expect = { poll: { timeout: 10_000 } }

const WORKER_TESTS = ['test/worker/**/*.test.ts']
/** They change what a whole deployment or isolate shares: its keys, its jobs, its outbox, its counters. */
const ALONE = [
  'test/worker/credentials/{reseal,seal}.test.ts',
  'test/worker/jobs/*.test.ts',
  'test/worker/ledger/{bounded,capacity,outbox,shared-rows,sinks}.test.ts',
  'test/worker/pages/health.test.ts',
  'test/worker/people/setup-code.test.ts',
  'test/worker/reports/{capacity,doctor}.test.ts',
  'test/worker/proxy/scopes.test.ts',
]

/** Inside workerd, with real D1, KV and Queues; the scripted xAI is a real server outside. */
const worker = (test: Pick<InlineConfig, 'name' | 'isolate' | 'include' | 'exclude'>) => ({
  plugins: [
    cloudflareTest(async ({ inject }) => ({
      // Not the built file, so that tests and the Worker share their modules.
      main: './src/index.ts',
      wrangler: { configPath: './wrangler.toml' },
      miniflare: {
        // Optional in wrangler.toml, and so not in it by default.
        r2Buckets: ['ARCHIVE'],
        bindings: {
          XAI_BASE_URL: inject('xaiUrl'),
          CHANNEL_TEST_ORIGINS: inject('receiverUrl'),
          XAI_MANAGEMENT_URL: inject('managementUrl'),
          MASTER_KEYS: process.env['MASTER_KEYS'] ?? '',
          CAPACITY_REQUESTS: process.env['CAPACITY_REQUESTS'] ?? '2000',
          MIGRATIONS: {
            accounts: await readD1Migrations('migrations/accounts'),
            ledger: await readD1Migrations('migrations/ledger'),
          },
        },
      },
    })),
  ],
  test: {
    ...test,
    expect,
    testTimeout: 40_000,
    globalSetup: ['test/xai/global-setup.ts'],
    setupFiles: ['test/worker/setup.ts'],
  },
})

export default defineConfig({
  test: {
    reporters: ['default', './test/reporter.ts'],
    // More than two cores have to do: half of what the tests do is wait.
    maxWorkers: 3,
    projects: [
      worker({ name: 'worker', isolate: false, include: WORKER_TESTS, exclude: ALONE }),
      worker({ name: 'worker-alone', isolate: true, include: ALONE }),
      {
        // Real clients against the running Worker.
        test: {
          name: 'e2e',
          expect,
          include: ['test/{e2e,soak,client,paths}/**/*.test.ts'],
          globalSetup: ['test/e2e/global-setup.ts'],
          testTimeout: 30_000,
          hookTimeout: 120_000,
        },
      },
      {
        // Pages in a real Chromium against the running Worker.
        test: {
          name: 'browser',
          expect,
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['test/e2e/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
