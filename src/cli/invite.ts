import { joinLink } from '../people/accounts/link.ts'
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { accountNames, accountNamesOf, mintInvitation, type Guest } from './invitation.ts'
import type { Target } from './d1.ts'
import { localPaths } from './local.ts'

const USAGE = `npm run invite -- [--account NAME | --new | --member EMAIL] [--remote --url https://…]
  Mints a one-time link for an owner of the only account, of the one named, or of a new one; or one
  that lets a member back in who has lost every passkey.`

try {
  const { values } = parseArgs({
    options: {
      remote: { type: 'boolean' },
      url: { type: 'string' },
      account: { type: 'string' },
      new: { type: 'boolean' },
      member: { type: 'string' },
    },
  })
  const paths = localPaths(process.env['METRION_STATE'])
  const url = await baseUrl(values.url, values.remote === true, paths)
  const target: Target = values.remote
    ? { kind: 'remote' }
    : { kind: 'local', stateDir: paths.stateDir }
  const account = values.account ?? null
  const code =
    values.member === undefined
      ? await mint(target, account, values.new === true)
      : await mintFor(target, values.member, account)
  console.log(joinLink(url, code))
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
  process.exit(1)
}

async function mint(target: Target, account: string | null, isNew: boolean): Promise<string> {
  const existing: Guest = { account: 'existing', name: account }
  const guests: Guest[] = isNew ? [{ account: 'new' }] : [existing]
  if (!isNew && account === null) guests.push({ account: 'first' })
  for (const guest of guests) {
    const code = await mintInvitation(target, guest)
    if (code !== null) return code
  }
  const names = await accountNames(target)
  throw new Error(
    `Cannot tell which account: there are ${names.join(', ')}; name one, or give its id, with --account, or use --new`,
  )
}

async function mintFor(target: Target, email: string, name: string | null): Promise<string> {
  const code = await mintInvitation(target, { account: 'own', email, name })
  if (code !== null) return code
  const names = await accountNamesOf(target, email)
  throw new Error(
    names.length === 0
      ? `Cannot let ${email} back in: no member has this e-mail; use --account for one more owner`
      : `Cannot tell which member ${email} is: there is one in ${names.join(', ')}; name the account, or give its id, with --account`,
  )
}

async function baseUrl(
  given: string | undefined,
  remote: boolean,
  paths: { stateDir: string; urlFile: string },
): Promise<string> {
  if (given !== undefined && URL.canParse(given)) return new URL(given).origin
  if (given !== undefined || remote) {
    throw new Error(
      'Cannot tell where the deployment is: add --url https://metrion.<you>.workers.dev',
    )
  }
  try {
    return await readFile(paths.urlFile, 'utf8')
  } catch {
    throw new Error(
      `Cannot find a local Metrion in ${paths.stateDir}: run npm start first, or set METRION_STATE to its folder`,
    )
  }
}
