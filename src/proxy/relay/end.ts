/** `stopped`: Metrion itself has ended it. */
export type BodyEnd = 'whole' | 'upstream_cut' | 'client_gone' | 'stopped'

// 10 ms were too few with many answers under way: the last event was lost with the connection.
const FLUSH_MS = 100

/**
 * A cut answer must look cut: break the caller's connection as xAI's broke, but only after the bytes already
 * written have been sent.
 */
export async function abortAfterFlush(writable: Pick<WritableStream, 'abort'>): Promise<void> {
  await scheduler.wait(FLUSH_MS)
  await writable.abort(new Error('xAI broke off'))
}
