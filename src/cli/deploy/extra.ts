import { UsageError } from '../command.ts'

const IN_CONFIG = 'set it in wrangler.toml (docs/deploy.md)'

/** They choose what is deployed, or where. The other steps of a deployment, such as migrations, would not get them. */
const NOT_FOR_WRANGLER: Readonly<Record<string, string>> = {
  name: IN_CONFIG,
  env: 'use a wrangler.toml of its own in a second clone (docs/deploy.md)',
  config: 'use a wrangler.toml of its own in a second clone (docs/deploy.md)',
  cwd: 'run the command in that folder',
  profile: 'set CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID',
  'dry-run': 'write npm run deploy -- --dry-run, with one --',
  'secrets-file': 'set other secrets with npx wrangler secret put NAME',
  temporary: 'write npm run try instead',
  help: 'write npx wrangler deploy --help instead',
  version: 'write npx wrangler --version instead',
  'dispatch-namespace': 'Metrion is a Worker of its own',
}
const SHORT: Readonly<Record<string, string>> = { e: 'env', c: 'config', h: 'help', v: 'version' }

/** Checks the options for `wrangler deploy`. Throws a UsageError. */
export function checkExtra(extra: readonly string[]): void {
  const [first = '-'] = extra
  if (!first.startsWith('-'))
    throw new UsageError(
      `Cannot use "${first}": put -- before options, as in npm run deploy -- --key-file FILE`,
    )
  for (const option of extra.filter((one) => one.startsWith('-'))) {
    const name = nameOf(option)
    const instead = Object.hasOwn(NOT_FOR_WRANGLER, name) ? NOT_FOR_WRANGLER[name] : undefined
    if (instead !== undefined)
      throw new UsageError(`Cannot pass --${name} on to wrangler deploy: ${instead}`)
  }
}

/** wrangler also takes `--dryRun`, `--name=x` and `-cFILE`. */
function nameOf(option: string): string {
  const isLong = option.startsWith('--')
  const long = (option.replace(/^-+/, '').split('=')[0] ?? '').replaceAll(
    /[A-Z]/g,
    (letter) => `-${letter.toLowerCase()}`,
  )
  return SHORT[isLong ? long : long.charAt(0)] ?? long
}
