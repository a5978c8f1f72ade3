import { joinLink } from '../people/accounts/link.ts'
import { accountNames, accountNamesOf, mintInvitation, type Guest } from './invitation.ts'
import { urlOf } from './address.ts'
import { command, UsageError } from './command.ts'
import { targetOf, type Target } from './d1.ts'

const USAGE = `npm run invite -- [--account NAME | --new | --member EMAIL] [--remote [--url https://…]]
  Makes a one-time link (works once, for 24 hours):
                    for an owner of the only account; of a first account, if there is none
  --account NAME    for an owner of this account (its name or id)
  --new             for the owner of one more account
  --member EMAIL    for a member who has lost every passkey
  --remote          in the deployment at Cloudflare
  --url             its address; by default that of the last npm run deploy from this folder`

const OPTIONS = {
  remote: { type: 'boolean' },
  url: { type: 'string' },
  account: { type: 'string' },
  new: { type: 'boolean' },
  member: { type: 'string' },
} as const

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

await command({ usage: USAGE, options: OPTIONS }, async ({ values }) => {
  const { remote = false, account = null, member } = values
  const others = [values.account, values.new, member].filter((one) => one !== undefined)
  if (values.new && others.length > 1)
    throw new UsageError('Cannot use --new with --account or --member: choose one')
  const url = await urlOf(values.url, remote)
  const target = targetOf(remote)
  const code =
    member === undefined
      ? await mint(target, account, values.new === true)
      : await mintFor(target, member, account)
  console.log(joinLink(url, code))
})
