import type { Context } from 'hono'
import { findManagementKey } from '../../billing/keys/store.ts'
import { listApiTokens } from '../../credentials/api-tokens/store.ts'
import { findSavedKey } from '../../credentials/keys/store.ts'
import { accessEmail } from '../../credentials/sessions/access-store.ts'
import { currentSecret, type SignedIn } from '../../credentials/sessions/middleware.ts'
import { listSessions } from '../../credentials/sessions/store.ts'
import { revealTokens } from '../../credentials/tokens/reveal-store.ts'
import { listTokens } from '../../credentials/tokens/store.ts'
import { findTarget } from '../../exports/otlp/target-store.ts'
import { listMembers, listOpenLinks } from '../../people/members/store.ts'
import { listPasskeys } from '../../people/passkeys/store.ts'
import { lastUses } from '../../reports/requests/store.ts'
import { AccountCard } from './account/card.tsx'
import { DangerCard } from './account/danger-card.tsx'
import { AboutMeCard } from './account/me-card.tsx'
import { accountFields, type Refused } from './account/page.tsx'
import { ApiTokensCard } from './api-tokens-card.tsx'
import type { ApiTokenOnce } from './api-tokens-page.tsx'
import { SettingsFrame, type Section } from './frame.tsx'
import { KeyCard } from './key-card.tsx'
import { ManagementKeyCard } from './management-key-card.tsx'
import { MembersCard } from './members-card.tsx'
import { NOTICES } from './notices.ts'
import { Passkeys, Sessions } from './security-cards.tsx'
import { TokensCard } from './tokens-card.tsx'
import { TracesCard, type TracesProps } from './traces-card.tsx'

/** Shown in this response only: a new link or API token, or the rejected input. */
export interface Once {
  link?: string
  apiToken?: ApiTokenOnce
  /** An xAI key that was not saved, for correction, and the reason. */
  key?: { typedKey: string; problem: string }
  /** The reason why a management key was not saved. */
  managementKey?: string
  traces?: NonNullable<TracesProps['refused']>
  refused?: Refused
}

type Show = (c: Context<SignedIn>, once: Once) => Promise<unknown>

const problemOf = (form: Refused['form'], { refused }: Once): string | null =>
  refused?.form === form ? refused.problem : null

const isOwnerOf = (c: Context<SignedIn>): boolean => c.get('member').role === 'owner'

/** The content of each section. */
const CONTENTS = {
  account: async (c, once) => {
    const { refused } = once
    const member = c.get('member')
    const fields = await accountFields(c.env.DB, member.accountId)
    const vouched = await accessEmail(c.env, c.req.raw.headers)
    return (
      <>
        <AboutMeCard
          member={refused?.form === 'me' ? refused.fields : member}
          problem={problemOf('me', once)}
          unconnected={vouched === member.accessEmail ? null : vouched}
        />
        <AccountCard
          fields={refused?.form === 'account' ? refused.fields : fields}
          problem={problemOf('account', once)}
          isOwner={isOwnerOf(c)}
        />
      </>
    )
  },
  tokens: async (c, { apiToken }) => {
    const member = c.get('member')
    const [tokens, apiTokens] = await Promise.all([
      revealTokens(c.env, member),
      listApiTokens(c.env.DB, member.accountId),
    ])
    const ids = tokens.map(({ id }) => id)
    const uses = await lastUses(c.env.LEDGER, member.accountId, 'token', ids)
    const mayChange = member.role !== 'viewer'
    const listed = tokens.map((token) => ({ ...token, lastUsedAtMs: uses.get(token.id) ?? null }))
    const about = { made: null, typed: '', problem: null, ...apiToken }
    const api = <ApiTokensCard {...about} tokens={apiTokens} mayChange={mayChange} />
    return (
      <>
        {about.made !== null && api}
        <TokensCard tokens={listed} mayChange={mayChange} />
        {about.made === null && api}
      </>
    )
  },
  people: async (c, { link = null }) => {
    const { id, accountId } = c.get('member')
    const isOwner = isOwnerOf(c)
    const exposed = (c.req.query('exposed') ?? '').split(' ').filter(Boolean)
    const [members, openLinks, tokens] = await Promise.all([
      listMembers(c.env.DB, accountId),
      isOwner ? listOpenLinks(c.env.DB, accountId, Date.now()) : [],
      isOwner && exposed.length > 0 ? listTokens(c.env, accountId) : [],
    ])
    const seen = tokens.filter((token) => exposed.includes(token.id) && token.revokedAtMs === null)
    return (
      <MembersCard
        members={members}
        viewerId={id}
        isOwner={isOwner}
        link={link}
        openLinks={openLinks}
        exposed={seen.map((token) => ({ id: token.id, name: token.name }))}
      />
    )
  },
  security: async (c, { key, managementKey = null }) => {
    const { id, role, accountId } = c.get('member')
    const [savedKey, saved, passkeys, sessions] = await Promise.all([
      findSavedKey(c.env, accountId),
      findManagementKey(c.env, accountId),
      listPasskeys(c.env.DB, id),
      currentSecret(c.env, c.req.raw).then((secret) =>
        listSessions(c.env.DB, id, secret, Date.now()),
      ),
    ])
    return (
      <>
        <KeyCard
          savedKey={savedKey}
          mayChange={role !== 'viewer'}
          back="/settings/security"
          {...key}
        />
        <ManagementKeyCard saved={saved} isOwner={isOwnerOf(c)} problem={managementKey} />
        <Passkeys passkeys={passkeys} url={c.req.url} />
        {sessions.length > 0 && <Sessions sessions={sessions} />}
      </>
    )
  },
  data: async (c, once) => {
    const { accountId, accountName } = c.get('member')
    const target = await findTarget(c.env, accountId)
    const isOwner = isOwnerOf(c)
    const typed = once.refused?.form === 'delete' ? once.refused.fields.name : ''
    return (
      <>
        <TracesCard target={target} isOwner={isOwner} refused={once.traces ?? null} />
        {isOwner && (
          <DangerCard accountName={accountName} typed={typed} problem={problemOf('delete', once)} />
        )}
      </>
    )
  },
} satisfies Record<Exclude<Section, 'audit'>, Show>

export type ShownSection = keyof typeof CONTENTS

/** Renders a section, with what is shown only once. */
export async function show(
  c: Context<SignedIn>,
  section: ShownSection,
  once: Once = {},
): Promise<Response> {
  const { name, accountName } = c.get('member')
  const { refused, traces, key, managementKey, apiToken } = once
  const isRefused =
    refused !== undefined ||
    key !== undefined ||
    traces !== undefined ||
    managementKey !== undefined ||
    (apiToken !== undefined && 'problem' in apiToken)
  const content = await CONTENTS[section](c, once)
  return c.html(
    <SettingsFrame
      viewer={{ name, accountName }}
      section={section}
      notice={NOTICES[c.req.query('notice') ?? ''] ?? null}
    >
      {content}
    </SettingsFrame>,
    isRefused ? 400 : 200,
  )
}
