import { Hono, type Context } from 'hono'
import { listChannels } from '../../alerts/channels/store.ts'
import { newRule } from '../../alerts/rules/input.ts'
import { RULE_KINDS, type RuleKind } from '../../alerts/rules/kinds.ts'
import type { Rule } from '../../alerts/rules/rule.ts'
import { refuseNames, TOO_MANY_RULES } from '../../alerts/rules/route.ts'
import { createRule, deleteRule, findRule, updateRule } from '../../alerts/rules/store.ts'
import type { SignedIn } from '../../credentials/sessions/middleware.ts'
import { listTokens } from '../../credentials/tokens/store.ts'
import { tokenTitle } from '../../credentials/tokens/names-store.ts'
import { readForm, readInput } from '../../http/input.ts'
import { isRefusal } from '../../http/refusals.ts'
import { ErrorPage } from '../../web/error-page.tsx'
import type { Notice } from '../../web/layout.tsx'
import { messageOf } from '../../web/words.ts'
import { fieldsOf, newFields, toBody, typedFields, type RuleFields } from './fields.ts'
import { KindsPage } from './kinds-view.tsx'
import { RulePage } from './rule-view.tsx'

export const rulePages = new Hono<SignedIn>()

const kindOf = (c: Context<SignedIn>): RuleKind | null =>
  RULE_KINDS.find((kind) => kind === c.req.query('kind')) ?? null

interface Shown {
  kind: RuleKind
  /** Null: a new one. */
  rule: { id: string; name: string } | null
  fields: RuleFields
  notice?: Notice
}

async function show(c: Context<SignedIn>, shown: Shown): Promise<Response> {
  const { name, accountId, accountName, role } = c.get('member')
  const [channels, tokens] = await Promise.all([
    listChannels(c.env, accountId),
    listTokens(c.env, accountId),
  ])
  return c.html(
    <RulePage
      viewer={{ name, accountName }}
      {...shown}
      channels={channels}
      tokens={tokens
        .filter(({ revokedAtMs }) => revokedAtMs === null)
        .map((token) => ({ id: token.id, name: tokenTitle(token) }))}
      isOwner={role === 'owner'}
      notice={shown.notice ?? null}
    />,
    shown.notice ? 400 : 200,
  )
}

/** Reads the form, and shows it again with what is wrong; otherwise the rule that it makes. */
async function readRule(c: Context<SignedIn>, shown: Omit<Shown, 'fields'>) {
  const fields = typedFields(await readForm(c.req.raw))
  const input = readInput(newRule, toBody(shown.kind, fields))
  const refused = isRefusal(input)
    ? input
    : await refuseNames(c.env, c.get('member').accountId, input)
  if (!refused && !isRefusal(input)) return { input, fields }
  const text = messageOf(refused ?? TOO_MANY_RULES)
  return show(c, { ...shown, fields, notice: { kind: 'bad', text } })
}

const notFound = (c: Context<SignedIn>): Response | Promise<Response> =>
  c.html(
    <ErrorPage
      viewer={c.get('member')}
      title="Rule not found"
      message="Your account has no such rule. Alerts lists all that there are."
    />,
    404,
  )

rulePages.get('/new', (c) => {
  const kind = kindOf(c)
  const { name, accountName } = c.get('member')
  if (kind === null) return c.html(<KindsPage viewer={{ name, accountName }} />)
  return show(c, { kind, rule: null, fields: newFields(kind) })
})

rulePages.post('/new', async (c) => {
  const kind = kindOf(c)
  if (kind === null) return c.redirect('/alerts/rules/new', 303)
  const read = await readRule(c, { kind, rule: null })
  if (read instanceof Response) return read
  const created = await createRule(c.env, c.get('member'), read.input, Date.now())
  if (created) return c.redirect('/alerts?notice=rule-created', 303)
  const notice = { kind: 'bad', text: messageOf(TOO_MANY_RULES) } as const
  return show(c, { kind, rule: null, fields: read.fields, notice })
})

const find = (c: Context<SignedIn>): Promise<Rule | null> =>
  findRule(c.env, c.get('member').accountId, c.req.param('id') ?? '')

rulePages.get('/:id', async (c) => {
  const rule = await find(c)
  return rule ? show(c, { kind: rule.kind, rule, fields: fieldsOf(rule) }) : notFound(c)
})

rulePages.post('/:id', async (c) => {
  const rule = await find(c)
  if (!rule) return notFound(c)
  const read = await readRule(c, { kind: rule.kind, rule })
  if (read instanceof Response) return read
  await updateRule(c.env, c.get('member'), rule.id, read.input, Date.now())
  return c.redirect('/alerts?notice=rule-saved', 303)
})

rulePages.post('/:id/delete', async (c) => {
  const deleted = await deleteRule(c.env, c.get('member'), c.req.param('id'), Date.now())
  return deleted ? c.redirect('/alerts?notice=rule-deleted', 303) : notFound(c)
})
