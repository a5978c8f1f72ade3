import type { Notice } from '../../web/layout.tsx'
import type { ShownSection } from './show-page.tsx'

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
  'no-role': { kind: 'bad', text: 'Choose one of the roles owner, member and viewer.' },
  'not-maker': {
    kind: 'bad',
    text: 'Only an owner, or the member who created this token, can replace it.',
  },
  'viewers-read': {
    kind: 'bad',
    text: 'Your role is viewer: you can read everything, and change nothing. Ask an owner for another role.',
  },
  'key-saved': { kind: 'good', text: 'xAI accepted the key. It is saved, encrypted.' },
  'key-untried': {
    kind: 'good',
    text: 'The key is saved, but could not be tested with xAI just now.',
  },
  'key-deleted': {
    kind: 'good',
    text: 'The key is deleted from Metrion. Revoke it at console.x.ai too.',
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

/** The section that a notice belongs to; the others are of the account. */
export const NOTICE_SECTIONS: Readonly<Record<string, ShownSection>> = {
  added: 'security',
  renamed: 'security',
  removed: 'security',
  last: 'security',
  unnamed: 'security',
  ended: 'security',
  made: 'tokens',
  rescoped: 'tokens',
  revoked: 'tokens',
  regenerated: 'tokens',
  'no-name': 'tokens',
  gone: 'tokens',
  'api-revoked': 'tokens',
  'all-regenerated': 'tokens',
  'not-maker': 'tokens',
  'bad-email': 'people',
  'last-owner': 'people',
  'member-removed': 'people',
  'no-role': 'people',
  'link-withdrawn': 'people',
  'link-gone': 'people',
  'member-changed': 'people',
  'management-key-saved': 'security',
  'management-key-deleted': 'security',
  'traces-saved': 'data',
  'traces-deleted': 'data',
}
