interface Trouble {
  /** What wrangler says. */
  says: RegExp
  /** What to do, in a sentence with the command. */
  help: (said: string) => string
}

const accountIdIn = (said: string): string => /\b[0-9a-f]{32}\b/.exec(said)?.[0] ?? ':account'

/** The troubles of a deployment that have one way out, in the order in which they are looked for. */
const TROUBLES = {
  'logged-in': {
    says: /already authenticated with Cloudflare/i,
    help: () =>
      'You are logged in to Cloudflare, and npm run try is for those who have no account: run npm run deploy instead, or npx wrangler logout first (and unset CLOUDFLARE_API_TOKEN).',
  },
  'no-login': {
    says: /CLOUDFLARE_API_TOKEN environment variable for|no credentials were found|Did not login|auth token has expired|You are not authenticated/i,
    help: () =>
      'You are not logged in to Cloudflare: run npx wrangler login, then this command again. Without a browser, set CLOUDFLARE_API_TOKEN.',
  },
  'several-accounts': {
    says: /More than one account available/,
    help: (said) =>
      `Your login has several Cloudflare accounts. Choose one, then run this command again: export CLOUDFLARE_ACCOUNT_ID=…\n${said
        .split('\n')
        .filter((line) => /`[0-9a-f]{32}`/.test(line))
        .join('\n')}`,
  },
  'no-subdomain': {
    says: /workers\.dev subdomain/,
    help: (said) =>
      `This Cloudflare account has no workers.dev subdomain yet: choose one at https://dash.cloudflare.com/${accountIdIn(said)}/workers/onboarding, then run this command again. With a domain of your own, set routes in wrangler.toml instead (docs/deploy.md).`,
  },
  'no-queues': {
    says: /code: 100129|code: 11002|Queues (are|is) (unavailable|not available)|enable your account at .*queues/i,
    help: (said) =>
      `This Cloudflare account cannot use Queues yet: open https://dash.cloudflare.com/${accountIdIn(said)}/workers/queues once and enable them (the Free plan has them, too), then run this command again.`,
  },
  'queue-taken': {
    says: /code: 11004|consumer_exists|already has a consumer/i,
    help: () =>
      'Another Worker consumes one of the queues: give the queues in wrangler.toml other names (all places of each), then run this command again.',
  },
  'namespace-taken': {
    says: /code: 10014|namespace with this account ID and title already exists/i,
    help: () =>
      'A KV namespace of that name is in this Cloudflare account already: give its id under [[kv_namespaces]] in wrangler.toml (npx wrangler kv namespace list), then run this command again.',
  },
  'wrong-account': {
    says: /code: 7003|Could not route to \/(client\/v4\/)?accounts/i,
    help: () =>
      'There is no such Cloudflare account: correct CLOUDFLARE_ACCOUNT_ID, or account_id in wrangler.toml (npx wrangler whoami lists yours), then run this command again.',
  },
  'too-many-databases': {
    says: /maximum number of D1 databases/,
    help: () =>
      'This Cloudflare account has no room for two more D1 databases (the Free plan has ten): delete one that you do not need (npx wrangler d1 list, npx wrangler d1 delete NAME), then run this command again.',
  },
  'too-many-crons': {
    says: /code: 10072|too_many_crons|limit of 5 cron/i,
    help: () =>
      'This Cloudflare account has no room for three more crons (the Free plan has five): remove some from another Worker, then run this command again.',
  },
  'no-permission': {
    says: /code: 10000|code: 9109|Authentication error|Unauthorized to access/i,
    help: () =>
      'Your login or API token may not do this: run npx wrangler login again, or give the token the permissions Workers Scripts, D1, Workers KV Storage and Queues: Edit.',
  },
  'no-network': {
    says: /fetch failed|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|network problem/i,
    help: () => 'Cloudflare could not be reached: check the network, then run this command again.',
  },
  'old-node': {
    says: /requires at least Node\.js/,
    help: () =>
      'wrangler needs a newer Node: run npm ci, which installs one for this project alone, and start commands with npm run.',
  },
  'corrupt-state': {
    says: /file is not a database|database disk image is malformed|SQLITE_NOTADB|SQLITE_CORRUPT/i,
    help: () =>
      'A database in the state folder is corrupt: move the folder away and start anew, which loses what is in it, or put a backup in its place.',
  },
} as const satisfies Record<string, Trouble>

export type TroubleName = keyof typeof TROUBLES

/** Which known trouble wrangler's output tells of. Null: none. */
export function troubleIn(said: string): TroubleName | null {
  const names = Object.keys(TROUBLES) as TroubleName[]
  return names.find((name) => TROUBLES[name].says.test(said)) ?? null
}

/** What to do about it. */
export const helpFor = (name: TroubleName, said: string): string => TROUBLES[name].help(said)
