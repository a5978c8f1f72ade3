/** xAI's answer about a key, from its free `GET /v1/api-key`. */
export interface KeyCheck {
  result: 'accepted' | 'refused' | 'unchecked'
  /** The status of xAI's answer; null: there was no answer. */
  status: number | null
  /** xAI's message, or the reason why xAI could not be asked. */
  message: string
}

const BLOCKS = ['api_key_blocked', 'api_key_disabled', 'team_blocked']

/** Only 400, 401, 403 or a block refuses a key. Other errors of xAI say nothing about the key. */
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
