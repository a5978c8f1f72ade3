/** Everything that is written down, and how a person reads it. */
export const ACTIONS = {
  'token.made': 'made the token',
  'token.revoked': 'revoked the token',
  'token.scope-changed': 'changed the scope of the token',
  'token.regenerated': 'regenerated the token',
  'api-token.made': 'made the API token',
  'api-token.revoked': 'revoked the API token',
  'key.saved': 'saved the xAI key ending in',
  'key.deleted': 'deleted the xAI key ending in',
  'member.invited': 'made a one-time link for',
  'member.link-withdrawn': 'withdrew a one-time link for',
  'member.joined': 'came in as',
  'member.signed-in': 'signed in with the passkey',
  'member.email-changed': 'changed their e-mail address',
  'member.access-connected': 'connected Cloudflare Access',
  'session.ended': 'ended',
  'export.made': 'exported the log as',
  'rows.let-go-early': 'let rows go early, the database being nearly full: those before',
  'member.returned': 'came back by a one-time link, as',
  'member.removed': 'removed',
  'member.made-owner': 'made an owner of',
  'member.made-member': 'made a plain member of',
  'passkey.added': 'added the passkey',
  'passkey.removed': 'removed the passkey',
  'account.changed': 'changed the account’s',
} as const satisfies Record<string, string>

export type Action = keyof typeof ACTIONS

/** Who does something, and in which account. */
export interface Actor {
  accountId: string
  name: string
}
