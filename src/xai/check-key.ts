/** What xAI says of a key, asked by its free `GET /v1/api-key`. */
export interface KeyCheck {
  result: 'accepted' | 'refused' | 'unchecked'
  /** Of xAI's answer; null where there was none. */
  status: number | null
  /** xAI's words, or why it could not be asked. */
  message: string
}

const BLOCKS = ['api_key_blocked', 'api_key_disabled', 'team_blocked']

/** Only a plain no (400, 401, 403) refuses a key; trouble at xAI says nothing about it. */
export function readKeyCheck(status: number, body: unknown): KeyCheck {
  const words = body as Record<string, unknown> | null
  if (status === 200) {
    const block = BLOCKS.find((flag) => words?.[flag] === true)
    if (block) return { result: 'refused', status, message: `xAI says ${block}` }
    return { result: 'accepted', status, message: 'xAI accepts the key' }
  }
  const text = typeof words?.['error'] === 'string' ? words['error'] : `xAI answered ${status}`
  return {
    result: [400, 401, 403].includes(status) ? 'refused' : 'unchecked',
    status,
    message: text,
  }
}
