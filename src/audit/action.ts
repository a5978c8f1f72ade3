/** Every action in the audit log, and its text on the page. */
export const ACTIONS = {
  'token.made': 'created the token',
  'token.revoked': 'revoked the token',
  'token.changed': 'changed the token',
  'token.rotated': 'rotated the secret of the token',
  'token.scope-changed': 'changed the scope of the token',
  'token.regenerated': 'regenerated the token',
  'api-token.made': 'created the API token',
  'api-token.revoked': 'revoked the API token',
  'key.saved': 'saved the xAI key ending in',
  'key.deleted': 'deleted the xAI key ending in',
  'member.invited': 'created a one-time link for',
  'member.link-withdrawn': 'revoked a one-time link for',
  'member.joined': 'joined as',
  'member.signed-in': 'signed in with the passkey',
  'member.email-changed': 'changed their e-mail address',
  'member.access-connected': 'linked their Cloudflare Access address',
  'session.ended': 'ended',
  'export.made': 'exported the log as',
  'rows.let-go-early': 'deleted rows early because the database is nearly full: rows before',
  'member.returned': 'signed in with a one-time link as',
  'member.removed': 'removed',
  'member.made-owner': 'gave the owner role to',
  'member.made-member': 'gave the member role to',
  'member.made-viewer': 'gave the viewer role to',
  'passkey.added': 'added the passkey',
  'passkey.removed': 'removed the passkey',
  'budget.created': 'created the budget',
  'budget.changed': 'changed the budget',
  'budget.deleted': 'deleted the budget',
  'budget.corrected': 'corrected a budget by the ledger:',
  'alert.created': 'created the alert',
  'alert.changed': 'changed the alert',
  'alert.deleted': 'deleted the alert',
  'channel.created': 'created the channel',
  'channel.changed': 'changed the channel',
  'channel.deleted': 'deleted the channel',
  'management-key.saved': 'saved the management key ending in',
  'management-key.deleted': 'deleted the management key ending in',
  'traces.saved': 'began to send traces to',
  'traces.deleted': 'stopped sending traces to',
  'view.saved': 'saved the view',
  'view.deleted': 'deleted the view',
  'account.changed': 'changed the account’s',
} as const satisfies Record<string, string>

export type Action = keyof typeof ACTIONS

/** The author of an action, and the account. */
export interface Actor {
  accountId: string
  name: string
}
