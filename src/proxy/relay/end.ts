/** How the body of an answer ended. */
export type BodyEnd = 'whole' | 'upstream_cut' | 'client_gone'

// Ten were too few where many answers were under way: the last event was lost with the connection.
const FLUSH_MS = 100

/**
 * A cut answer must look cut: the caller's connection breaks as ours did, but not before what has been
 * written is on its way.
 */
export async function abortAfterFlush(writable: Pick<WritableStream, 'abort'>): Promise<void> {
  await scheduler.wait(FLUSH_MS)
  await writable.abort(new Error('xAI broke off'))
}
