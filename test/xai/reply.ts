/** How the scripted xAI answers one request. Bytes are written as given, in the chunks given. */
export interface Reply {
  status?: number
  headers?: Record<string, string>
  /** Base64, one string for each write. */
  chunks?: string[]
  /** Before the headers. */
  delayMs?: number
  /** Between two chunks. */
  gapMs?: number
  /** After the last chunk: a proper end, a cut connection, or silence. `reset`: no answer at all, the connection breaks. */
  ending?: 'end' | 'cut' | 'silence' | 'reset'
  /** What `content-length` says, where that is not what comes. */
  lengthBytes?: number
  /** Compresses, although nobody asked for it. */
  gzip?: boolean
}

/** What the scripted xAI remembers of a request. */
export interface Seen {
  method: string
  path: string
  headers: Record<string, string>
  /** As text, where it is shorter than 100 KB. */
  body: string | null
  bodyBytes: number
  /** SHA-256, hexadecimal. */
  bodyHash: string
  /** The body arrived whole. */
  bodyWhole: boolean
  /** The caller went away before the answer was over. */
  hungUp: boolean
  /** The `x-request-id` that it was answered with. */
  requestId: string | null
}

// Runs on Node 24 and in workerd, of which only the latter has Uint8Array.toBase64.
function encode(bytes: Uint8Array): string {
  let binary = ''
  for (let at = 0; at < bytes.length; at += 8192) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 8192))
  }
  return btoa(binary)
}
const utf8 = new TextEncoder()

export const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Reply => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  chunks: [encode(utf8.encode(JSON.stringify(body)))],
})

export const text = (
  body: string,
  status: number,
  contentType = 'text/plain; charset=utf-8',
): Reply => ({
  status,
  headers: { 'content-type': contentType },
  chunks: [encode(utf8.encode(body))],
})

export const bytes = (body: Uint8Array, contentType: string): Reply => ({
  status: 200,
  headers: { 'content-type': contentType },
  chunks: [encode(body)],
})

/** A stream of server-sent events out of raw bytes, one write each. */
export const stream = (writes: readonly (string | Uint8Array)[], rest: Reply = {}): Reply => ({
  status: 200,
  ...rest,
  headers: { 'content-type': 'text/event-stream', ...rest.headers },
  chunks: writes.map((write) => encode(typeof write === 'string' ? utf8.encode(write) : write)),
})

/** Events of `data:` lines, each ready to be written. */
export const events = (values: readonly unknown[], newline = '\n'): string[] =>
  values.map(
    (value) =>
      `data: ${typeof value === 'string' ? value : JSON.stringify(value)}${newline}${newline}`,
  )

/** Events that say their type in a line of their own, as `responses` and `messages` send them. */
export const typedEvents = (values: readonly { type: string }[], newline = '\n'): string[] =>
  values.map(
    (value) => `event: ${value.type}${newline}data: ${JSON.stringify(value)}${newline}${newline}`,
  )

/** Bytes cut in two at a position. */
export function cutAt(bytes: Uint8Array, position: number): Uint8Array[] {
  return [bytes.slice(0, position), bytes.slice(position)].filter((part) => part.length > 0)
}
