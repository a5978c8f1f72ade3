/** How the body of an answer ended. */
export type BodyEnd = 'whole' | 'upstream_cut' | 'client_gone'

const FLUSH_MS = 10

/**
 * A cut answer must look cut: the caller's connection breaks as ours did, but not before what has been
 * written is on its way.
 */
export async function breakOff(writable: Pick<WritableStream, 'abort'>): Promise<void> {
  await scheduler.wait(FLUSH_MS)
  await writable.abort(new Error('xAI broke off'))
}
