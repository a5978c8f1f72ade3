import { some } from '../../http/format.ts'
import type { TokenUse } from '../../reports/requests/token-use-store.ts'
import { Layout, type Viewer } from '../../web/layout.tsx'

/** What ends a token's text. */
export const ENDINGS = {
  revoke: { title: 'Revoke', means: 'stops working everywhere within about a minute, for good' },
  regenerate: {
    title: 'Regenerate',
    means: 'stops working everywhere within about a minute; a new one takes its place',
  },
} as const
export type Ending = keyof typeof ENDINGS

export interface ConfirmProps {
  viewer: Viewer
  ending: Ending
  token: { id: string; name: string; lastFour: string }
  /** Of the last hour. Null: the ledger does not answer. */
  use: TokenUse | null
}

/** Asks before a token stops working, and says what will stop. */
export function ConfirmPage({ viewer, ending, token, use }: ConfirmProps) {
  const { title, means } = ENDINGS[ending]
  return (
    <Layout title={`${title} ${token.name}`} viewer={viewer} path="/settings">
      <h1>
        {title} {token.name}?
      </h1>
      <section class="card danger" aria-label="What will stop">
        <p>
          The token that ends in <code>{token.lastFour}</code> {means}.
        </p>
        <p>
          <strong>{use ? usedWords(use) : 'Its use in the last hour is not known.'}</strong>{' '}
          {use && use.requests > 0 && 'Requests like these will fail with 401.'}
        </p>
        <form class="field-row" method="post" action={`/settings/tokens/${token.id}/${ending}`}>
          <button class="danger" type="submit">
            {title} token
          </button>
          <a class="button plain" href="/settings/tokens">
            Cancel
          </a>
        </form>
      </section>
    </Layout>
  )
}

/** "3 requests in the last hour, by invoice-bot and 2 others." */
function usedWords({ requests, isAll, requesters, others }: TokenUse): string {
  if (requests === 0) return 'No request in the last hour.'
  const names = [
    ...requesters.map((name) => name ?? 'no requester'),
    ...(others > 0 ? [some(others, 'other')] : []),
  ]
  const last = names.pop() ?? ''
  const by = names.length === 0 ? last : `${names.join(', ')} and ${last}`
  return `${isAll ? '' : 'More than '}${some(requests, 'request')} in the last hour, by ${by}.`
}
