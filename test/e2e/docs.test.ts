import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { parse } from 'smol-toml'
import { beforeAll, expect, inject, test } from 'vitest'
import { withTables } from '../../src/cli/capacity/tables.ts'
import { mintInvitation } from '../../src/cli/invitation.ts'
import { POINT_LAYOUT } from '../../src/ledger/point.ts'
import { usdAMonth } from '../../src/reports/capacity/capacity.ts'
import { TYPICAL } from '../../src/reports/capacity/traffic.ts'
import { eventsWithin } from '../../src/reports/capacity/cpu.ts'
import { CPU } from '../../src/reports/capacity/plans.ts'
import { operator, token, workerUrl, XAI_KEY } from './world.ts'

const HOST = 'https://metrion.example.workers.dev'
const PAGES = [
  'README.md',
  ...(await readdir('docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
]

interface Block {
  page: string
  line: number
  language: string
  text: string
}

const pages = new Map(
  await Promise.all(PAGES.map(async (page) => [page, await readFile(page, 'utf8')] as const)),
)

function blocksOf(page: string, text: string): Block[] {
  const found = [...text.matchAll(/^( *)```(\w*)\n([^]*?)^ *```$/gm)]
  return found.map((match) => ({
    page,
    line: text.slice(0, match.index).split('\n').length,
    language: match[2] ?? '',
    text: (match[3] ?? '').replaceAll(new RegExp(`^${match[1]}`, 'gm'), ''),
  }))
}
const BLOCKS = [...pages].flatMap(([page, text]) => blocksOf(page, text))
const of = (language: string): [string, Block][] =>
  BLOCKS.filter((block) => block.language === language).map((block) => [
    `${block.page}:${block.line}`,
    block,
  ])

let bin = ''
let env: NodeJS.ProcessEnv = {}

/**
 * Commands of the pages, as they stand there. The host of the examples is the running Worker. What installs, deploys,
 * or runs for minutes is checked for its name and its options; all else runs.
 */
const SHIMS: Record<string, string> = {
  curl: `#!/bin/bash
args=(); for a in "$@"; do args+=("\${a//${HOST.replaceAll('/', '\\/')}/$WORKER_URL}"); done
[[ "\${args[*]}" == *api.cloudflare.com* ]] && exit 0
exec "$REAL_CURL" --silent --show-error --fail-with-body "\${args[@]}"
`,
  git: '#!/bin/sh\n[ "$1" = pull ]\n',
  npm: `#!/bin/bash
set -e
cd "$REPOSITORY"
case "$1" in
  ci) exit 0;;
  test|start) name="$1"; shift;;
  run) name="$2"; shift 2;;
  *) echo "no such npm command: $1"; exit 1;;
esac
[ "$1" = -- ] && shift
script=$(node -p "require('./package.json').scripts['$name'] ?? ''")
[ -n "$script" ] || { echo "no script $name"; exit 1; }
case "$script" in "node src/cli/run.mjs"*) ;; *) exit 0;; esac
case "$name" in
  ledger|keys|capacity|invite|doctor) [[ "$*" == *--remote* || "$*" == *--docs* || "$1" == reseal || -n "\${ONLY_HELP:-}" ]] || exec $script "$@";;
esac
exec $script "$@" --help
`,
  npx: `#!/bin/bash
set -e
[ "$1" = wrangler ] || exit 1
shift
words=(); options=(); for a in "$@"; do [[ "$a" == --* ]] && options+=("\${a%%=*}"); done
for a in "$@"; do [[ "$a" =~ ^[a-z0-9-]+$ && "$a" != -* && "$a" != metrion-* ]] || break; words+=("$a"); done
[ "\${words[*]}" = "" ] && exit 1
wrangler-help "\${words[@]}"
help="$WRANGLER_HELP/$(echo "\${words[*]}" | tr ' /' '__')"
for option in "\${options[@]}"; do grep -q -- "$option" "$help" || { echo "wrangler \${words[*]} has no $option"; exit 1; }; done
`,
  // Whether wrangler has the command and all of its options.
  'wrangler-help': `#!/bin/bash
cache="$WRANGLER_HELP/$(echo "$*" | tr ' /' '__')"
[ -f "$cache" ] || wrangler "$@" --help > "$cache" 2>&1
grep -q "^wrangler $*" "$cache" || { cat "$cache"; exit 1; }
`,
}

beforeAll(async () => {
  bin = await mkdtemp(join(tmpdir(), 'metrion-docs-'))
  for (const [name, text] of Object.entries(SHIMS)) {
    await writeFile(join(bin, name), text)
    await chmod(join(bin, name), 0o755)
  }
  await mkdir(join(bin, 'help'))
  const stateDir = inject('stateDir')
  const code = await mintInvitation({ kind: 'local', stateDir }, { account: 'new' })
  const page = await fetch(`${workerUrl}/settings/api-tokens`, {
    method: 'POST',
    headers: { cookie: operator.cookie },
    body: new URLSearchParams({ name: 'docs', usage: 'on', scope: 'usage' }),
  })
  const apiToken = /mk-metrion-\w+/.exec(await page.text())?.[0]
  env = {
    ...process.env,
    PATH: `${bin}${delimiter}${process.env['PATH']}`,
    WORKER_URL: workerUrl,
    WRANGLER_HELP: join(bin, 'help'),
    METRION_STATE: stateDir,
    REAL_CURL: (await run('which', ['curl'])).output.trim(),
    CODE: code ?? '',
    REPOSITORY: process.cwd(),
    XAI_API_KEY: XAI_KEY,
    METRION_TOKEN: token,
    METRION_API_TOKEN: apiToken ?? '',
    CLOUDFLARE_ACCOUNT_ID: '0'.repeat(32),
    CLOUDFLARE_API_TOKEN: 'x',
  }
})

/** The id of a token of the account that the commands have signed in to. */
async function tokenId(): Promise<string> {
  const jar = await readFile(join(bin, 'jar'), 'utf8')
  const cookie = /\t(\S*session\S*)\t(\S+)$/m.exec(jar)?.slice(1).join('=') ?? ''
  const response = await fetch(`${workerUrl}/api/v1/tokens`, { headers: { cookie } })
  const { tokens } = (await response.json()) as { tokens: { id: string }[] }
  return tokens[0]?.id ?? ''
}

function run(
  file: string,
  args: readonly string[],
  cwd = '.',
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(file, args, { env, cwd }, (error, stdout, stderr) =>
      resolve({ code: error ? 1 : 0, output: stdout + stderr }),
    )
  })
}

test.each(of('sh'))('the commands of %s run', { timeout: 120_000 }, async (_, { text }) => {
  if (text.includes('$ID')) env['ID'] = await tokenId()
  const { code, output } = await run('bash', ['-euo', 'pipefail', '-c', text], bin)
  expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' })
})

/** A file beside the repository's packages, so that imports resolve. */
async function written(name: string, text: string): Promise<string> {
  await mkdir('dist/docs', { recursive: true })
  const path = join('dist/docs', name)
  await writeFile(path, text.replaceAll(HOST, workerUrl))
  return path
}

test.each(of('ts'))('the code of %s runs', async (name, { text }) => {
  const path = await written(`${name.replaceAll(/\W/g, '-')}.mts`, text)
  const { code, output } = await run('node', [path])
  expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(/\w/) as string })
})

// The machine of the tests has no OpenAI package for Python: a client of the same shape sends what it would.
const OPENAI_PY = `
import json, urllib.request
class _Object:
    def __init__(self, **values): self.__dict__.update(values)
def _objects(value):
    if isinstance(value, dict): return _Object(**{name: _objects(one) for name, one in value.items()})
    return [_objects(one) for one in value] if isinstance(value, list) else value
class OpenAI:
    def __init__(self, base_url, api_key, default_headers):
        self.base_url, self.headers = base_url, {**default_headers, "authorization": "Bearer " + api_key, "content-type": "application/json"}
        self.chat = _Object(completions=_Object(create=self._create))
    def _create(self, **body):
        request = urllib.request.Request(self.base_url + "/chat/completions", json.dumps(body).encode(), self.headers)
        return _objects(json.load(urllib.request.urlopen(request)))
`

test.each(of('python'))('the code of %s runs', async (name, { text }) => {
  await written('openai.py', OPENAI_PY)
  const path = await written(`${name.replaceAll(/\W/g, '-')}.py`, text)
  const { code, output } = await run('python3', [path])
  expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(/\w/) as string })
})

/** wrangler.toml with a snippet, put where the pages say: lines at the top, settings into the one `[vars]`. */
function withSnippet(config: string, text: string): string {
  const [top = '', ...tables] = text.split(/^(?=\[)/m)
  const vars = tables.filter((table) => table.startsWith('[vars]'))
  const others = tables.filter((table) => !table.startsWith('[vars]'))
  return [
    config
      .replace(/^workers_dev = true\n/m, (line) => `${line}${top}`)
      .replace(/^# \[vars\]\n/m, () => `${vars.join('')}\n`),
    ...others,
  ].join('\n')
}

test.each(of('toml'))('%s fits into wrangler.toml', async (_, { text }) => {
  const config = await readFile('wrangler.toml', 'utf8')
  expect(config.match(/^# \[vars\]/gm)).toHaveLength(1)
  expect(parse(withSnippet(config, text))).toMatchObject(parse(text))
  const source = await readFile('src/env.ts', 'utf8')
  const { vars = {}, send_email: emails = [] } = parse(text) as {
    vars?: object
    send_email?: { name: string }[]
  }
  for (const name of [...Object.keys(vars), ...emails.map((one) => one.name)])
    expect(source).toMatch(new RegExp(`^  ${name}\\?:`, 'm'))
})

test('queries name positions of a point that there are', () => {
  for (const [, { text }] of of('sql')) {
    const used = [...text.matchAll(/\b(blob|double)(\d+)\b/g)]
    expect(used.length).toBeGreaterThan(0)
    for (const [, kind, at] of used)
      expect(POINT_LAYOUT[kind as 'blob' | 'double'].length).toBeGreaterThanOrEqual(Number(at))
  }
})

test('every block is of a language that the pages use', () => {
  const known = ['sh', 'ts', 'python', 'toml', 'sql', 'yaml', 'mermaid']
  expect(BLOCKS.filter(({ language }) => !known.includes(language))).toEqual([])
})

/** `npm run …` and `npx wrangler …` within sentences and tables: each is checked for its options, and blocks run. */
const INLINE = [...pages].flatMap(([page, text]) =>
  [
    ...text.matchAll(
      /`((?:\w+=\S+ )?(?:npm (?:run [\w:-]+|ci|start|test)|npx wrangler [a-z])[^`\n]*)`/g,
    ),
  ].map((match) => [page, match[1] ?? ''] as const),
)

test.each([...new Set(INLINE.map(([, text]) => text))])(
  'within the text: %s',
  { timeout: 60_000 },
  async (text) => {
    const command = `export ONLY_HELP=1; ${text}`
    const { code, output } = await run('bash', ['-euo', 'pipefail', '-c', command], bin)
    expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' })
  },
)

test('links lead to pages and headings that there are', () => {
  const anchors = (text: string): string[] =>
    [...text.matchAll(/^#+ (.*)$/gm)].map((match) =>
      (match[1] ?? '')
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    )
  for (const [page, text] of pages) {
    for (const [, link = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(link)) continue
      const [path = '', anchor = ''] = link.split('#')
      const target = path === '' ? page : join(page, '..', path)
      expect([page, link, pages.has(target)]).toEqual([page, link, true])
      if (anchor !== '')
        expect([page, link, anchors(pages.get(target) ?? '')]).toEqual([
          page,
          link,
          expect.arrayContaining([anchor]),
        ])
    }
  }
})

test('operations.md has every setting, and its tables are those that are computed', async () => {
  const source = await readFile('src/env.ts', 'utf8')
  const settings = [...source.matchAll(/^  ([A-Z_]+)\?: string$/gm)].map((match) => match[1])
  expect(settings.length).toBeGreaterThan(15)
  const page = pages.get('docs/operations.md') ?? ''
  for (const name of settings) expect(page).toContain(`\`${name}\``)
  for (const name of ['README.md', 'docs/operations.md']) {
    const anew = withTables(pages.get(name) ?? '')
    const cells = (text: string): string => text.replaceAll(/-{3,}/g, '---').replaceAll(/ +/g, ' ')
    expect(cells(pages.get(name) ?? '')).toBe(cells(anew))
  }
})

test('codes of errors in the table of symptoms are ones that Metrion answers with', async () => {
  const page = pages.get('docs/operations.md') ?? ''
  const table = page.slice(page.indexOf('## Troubleshooting'), page.indexOf('## Limits'))
  const codes = [...table.matchAll(/\b\d{3} `([a-z_]+)`/g)].map((match) => match[1])
  expect(codes.length).toBeGreaterThan(2)
  const files = (await readdir('src/http')).filter((name) => name.endsWith('.ts'))
  const source = (
    await Promise.all(files.map((name) => readFile(`src/http/${name}`, 'utf8')))
  ).join()
  for (const code of codes) expect(source).toContain(`'${code}'`)
})

test('README and operations say what the measurements say of streams', () => {
  const [asked, hidden] = [
    eventsWithin('asked', CPU.freeMsARequest),
    eventsWithin('hidden', CPU.freeMsARequest),
  ]
  const unasked = usdAMonth({ ...TYPICAL, requests: 1_000_000, askingShare: 0 })
  expect(pages.get('README.md')).toContain(`about ${asked.toLocaleString('en')} events`)
  expect(pages.get('README.md')).toContain(`and ${hidden} of one that does not`)
  expect(pages.get('README.md')).toContain(`up to $${Math.round(unasked)} on Paid`)
  expect(pages.get('docs/operations.md')).toMatch(
    new RegExp(`about ${asked.toLocaleString('en')} events.*to about ${hidden}\\.`),
  )
})

test('README is short, and its button leads to the repository', async () => {
  const text = pages.get('README.md') ?? ''
  // Neither code nor the bars of tables are words.
  const prose = text.replaceAll(/```[^]*?```/g, '').split(/\s+/)
  expect(prose.filter((word) => /\w/.test(word)).length).toBeLessThan(900)
  const { repository } = JSON.parse(await readFile('package.json', 'utf8')) as {
    repository: { url: string }
  }
  expect(text).toContain(`https://deploy.workers.cloudflare.com/?url=${repository.url})`)
})

test('the button asks for the secrets that the Worker needs, with no value of ours', async () => {
  const example = await readFile('.dev.vars.example', 'utf8')
  const names = [...example.matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name, value])
  expect(names).toEqual([
    ['MASTER_KEYS', ''],
    ['SETUP_CODE', ''],
  ])
  const { cloudflare } = JSON.parse(await readFile('package.json', 'utf8')) as {
    cloudflare: { bindings: Record<string, { description: string }> }
  }
  const source = await readFile('src/bindings.d.ts', 'utf8')
  const bindings = [...source.matchAll(/^\t([A-Z_]+): /gm)].map((match) => match[1])
  expect(new Set(Object.keys(cloudflare.bindings))).toEqual(new Set([...bindings, 'SETUP_CODE']))
})

test('nothing of a test is left', async () => {
  await rm('dist/docs', { recursive: true, force: true })
})
