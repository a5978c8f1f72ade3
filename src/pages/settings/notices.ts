import type { Notice } from '../../web/layout.tsx'

/** What a form leads back to the page with, by the name in its address. */
export const NOTICES: Record<string, Notice> = {
  added: { kind: 'good', text: 'The passkey is added. From now on it signs you in.' },
  renamed: { kind: 'good', text: 'The passkey has its new name.' },
  removed: { kind: 'good', text: 'The passkey is removed here. Remove it from your device too.' },
  last: { kind: 'bad', text: 'This is your only passkey. Add another before you remove it.' },
  unnamed: { kind: 'bad', text: 'A passkey needs a name, of at most 60 characters.' },
  made: { kind: 'good', text: 'The token is created. Open it below to copy it.' },
  rescoped: {
    kind: 'good',
    text: 'The scope is changed: here at once, and everywhere within about a minute.',
  },
  revoked: {
    kind: 'good',
    text: 'The token is revoked: here at once, and everywhere within about a minute.',
  },
  regenerated: {
    kind: 'good',
    text: 'There is a new token of the same name; the old one is revoked.',
  },
  'no-name': { kind: 'bad', text: 'A token needs a name, of at most 100 characters.' },
  gone: { kind: 'bad', text: 'That token was revoked already, perhaps in another tab.' },
  'owners-only': { kind: 'bad', text: 'Only an owner changes that. Ask one of yours.' },
  'bad-email': { kind: 'bad', text: 'That is no e-mail address. Nobody is invited yet.' },
  saved: { kind: 'good', text: 'Saved.' },
  'last-owner': { kind: 'bad', text: 'That changes nothing: an account keeps at least one owner.' },
  'member-removed': {
    kind: 'good',
    text: 'Removed. Every session and passkey of that person here has ended.',
  },
  'link-withdrawn': { kind: 'good', text: 'The link is withdrawn. It lets nobody in any more.' },
  'link-gone': { kind: 'bad', text: 'That link was used, withdrawn or out of time already.' },
  'all-regenerated': {
    kind: 'good',
    text: 'Every token has a new one of the same name in its place; the old ones are revoked.',
  },
  'member-changed': { kind: 'good', text: 'The role is changed.' },
  'api-revoked': { kind: 'good', text: 'The API token is revoked, at once and everywhere.' },
  ended: { kind: 'good', text: 'Signed out there.' },
}
