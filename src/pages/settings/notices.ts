import type { Notice } from '../../web/layout.tsx'

/** The notices of the settings page, by the value of its `notice` parameter. */
export const NOTICES: Record<string, Notice> = {
  added: { kind: 'good', text: 'Passkey added. You can sign in with it now.' },
  renamed: { kind: 'good', text: 'Passkey renamed.' },
  removed: { kind: 'good', text: 'Passkey removed from Metrion. Remove it from your device too.' },
  last: { kind: 'bad', text: 'You cannot remove your only passkey. Add another one first.' },
  unnamed: { kind: 'bad', text: 'Enter a passkey name of at most 60 characters.' },
  made: { kind: 'good', text: 'Token created. Open it below to copy it.' },
  rescoped: {
    kind: 'good',
    text: 'Scope changed. It takes effect everywhere within about a minute.',
  },
  revoked: {
    kind: 'good',
    text: 'Token revoked. It stops working everywhere within about a minute.',
  },
  regenerated: {
    kind: 'good',
    text: 'Token regenerated under the same name. The old token is revoked.',
  },
  'no-name': { kind: 'bad', text: 'Enter a token name of at most 100 characters.' },
  gone: { kind: 'bad', text: 'That token is already revoked.' },
  'owners-only': { kind: 'bad', text: 'Only owners can do that. Ask an owner of your account.' },
  'bad-email': { kind: 'bad', text: 'That is not an e-mail address. No link was created.' },
  saved: { kind: 'good', text: 'Saved.' },
  'last-owner': { kind: 'bad', text: 'Nothing changed. An account needs at least one owner.' },
  'member-removed': {
    kind: 'good',
    text: 'Member removed, with all their sessions and passkeys.',
  },
  'link-withdrawn': { kind: 'good', text: 'Link revoked. It no longer works.' },
  'link-gone': { kind: 'bad', text: 'That link is already used, revoked or expired.' },
  'all-regenerated': {
    kind: 'good',
    text: 'All tokens regenerated under the same names. The old tokens are revoked.',
  },
  'member-changed': { kind: 'good', text: 'Role changed.' },
  'api-revoked': { kind: 'good', text: 'API token revoked. It no longer works.' },
  'management-key-saved': {
    kind: 'good',
    text: 'Management key saved, encrypted. xAI’s bill is read within five minutes.',
  },
  'management-key-deleted': {
    kind: 'good',
    text: 'Management key deleted, with what was read of xAI’s bill. Delete it at console.x.ai too.',
  },
  'traces-saved': {
    kind: 'good',
    text: 'Saved. Requests are sent as traces from now on, within about five minutes.',
  },
  'traces-deleted': { kind: 'good', text: 'No traces are sent any more.' },
  ended: { kind: 'good', text: 'Session signed out.' },
}
