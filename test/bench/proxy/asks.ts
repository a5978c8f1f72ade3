/** What the benchmark asks for; `user` says how the upstream answers. */
export const ASK = {
  model: 'grok-4.3',
  messages: [{ role: 'user', content: 'How much is it?' }],
}
export const STREAM = { ...ASK, stream: true }
export const WITH_USAGE = { ...STREAM, stream_options: { include_usage: true } }
