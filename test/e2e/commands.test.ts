import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as {
  scripts: Record<string, string>
}
/** All commands but those that are another tool's, with its own help: vitest, oxlint, oxfmt and wrangler. */
const OWN = Object.entries(scripts).filter(([, script]) => script.startsWith('node '))

function run(script: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  const [, ...words] = script.split(' ')
  return new Promise((resolve) => {
    const env = { ...process.env, METRION_STATE: '/nonexistent/metrion' }
    execFile(process.execPath, [...words, ...args], { env }, (error, stdout, stderr) =>
      resolve({
        code: typeof error?.code === 'number' ? error.code : 0,
        output: stdout + stderr,
      }),
    )
  })
}

test('every command is started in the same way', () => {
  for (const [name, script] of OWN)
    expect([name, script]).toEqual([
      name,
      expect.stringMatching(/^node src\/cli\/run\.mjs \S+\.ts$/),
    ])
  const others = Object.keys(scripts).filter((name) => !OWN.some(([own]) => own === name))
  expect(others).toEqual(['check', 'test', 'lint', 'format', 'bindings'])
})

test.each(OWN)(
  'npm run %s explains itself, and what is wrong with its arguments',
  async (name, script) => {
    const usage = new RegExp(`npm (run )?${name}\\b`)
    const help = await run(script, ['--help'])
    expect(help).toEqual({ code: 0, output: expect.stringMatching(usage) as string })

    const wrong = await run(script, ['--nonsense'])
    expect(wrong.code).toBe(2)
    expect(wrong.output).toContain("Unknown option '--nonsense'")
    expect(wrong.output).toMatch(usage)
    expect(wrong.output).not.toMatch(/^\s+at /m)
  },
)

test.each([
  ['seed', ['50000'], 'Cannot use "50000": too many arguments'],
  ['seed', ['--rows', 'many'], 'Cannot use --rows many: give a whole number from 1 on'],
  ['bench', ['prxoy'], 'Cannot measure "prxoy"'],
  ['soak', ['--sink', 'kafka'], 'Cannot use --sink kafka'],
  ['ledger', [], 'Name a command'],
  ['ledger', ['verify', '--from', 'yesterday'], 'Cannot use --from yesterday'],
  ['keys', ['polish'], 'Cannot run "polish"'],
  ['invite', ['--remote', '--url', 'metrion'], 'Cannot use --url metrion'],
  ['invite', ['--new', '--account', 'x'], 'choose one'],
  ['deploy', ['--key-file', ''], '--key-file needs a path'],
  ['deploy', ['--wait', 'long'], 'Cannot use --wait long'],
  ['deploy', ['--url', 'localhost:8787'], 'Cannot use --url localhost:8787'],
  ['deploy', ['production'], 'Cannot use "production": put -- before options'],
  ['deploy', ['--', '--name', 'other'], 'Cannot pass --name on'],
  ['deploy', ['--', '--strict', '-cother.toml'], 'Cannot pass --config on'],
  ['deploy', ['--', '--dryRun'], 'write npm run deploy -- --dry-run'],
  ['deploy', ['--', '-h'], 'Cannot pass --help on'],
  ['deploy', ['--', '--temporary'], 'write npm run try instead'],
  ['deploy', ['--', '--env=staging'], 'Cannot pass --env on'],
  ['deploy', ['--', '--secrets-file', 'x'], 'Cannot pass --secrets-file on'],
  ['doctor', ['--url', 'metrion.example.org:443'], 'Cannot use --url metrion.example.org:443'],
  ['ledger', ['verify', '--from', '2026-02-31'], 'Cannot use --from 2026-02-31'],
  ['screenshots', ['nonsense'], 'Cannot picture "nonsense"'],
  ['bench', ['bundle', '--beside', '/nonexistent'], 'Cannot use --beside /nonexistent'],
  ['doctor', ['--url', 'x'], 'Cannot use --url x'],
])('npm run %s %j says what is wrong', async (name, args, words) => {
  const { code, output } = await run(scripts[name] ?? '', args)
  expect(code).toBe(2)
  expect(output).toContain(words)
  expect(output).toMatch(new RegExp(`npm run ${name}\\b`))
  expect(output).not.toMatch(/^\s+at /m)
})

test('an older Node says what to do', async () => {
  const source = await readFile('src/cli/run.mjs', 'utf8')
  const old = source
    .replace('process.versions.node', "'20.19.4'")
    .replace('process.versions.node', "'20.19.4'")
  const { code, output } = await run(`node --input-type=module --eval`, [old, 'src/cli/start.ts'])
  expect(code).toBe(1)
  expect(output).toContain('Metrion needs Node 22.18 or newer, and this is 20.19.4. Run npm ci')
})
