import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { ABOUT, type CheckName } from '../../reports/health/checks.ts'

export async function assertFree(port: number): Promise<void> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', ({ code }: NodeJS.ErrnoException) =>
      reject(
        new Error(
          code === 'EACCES'
            ? `Cannot listen on port ${port}: it needs more rights; set PORT to another, such as PORT=8788`
            : `Cannot listen on port ${port}: another program uses it; end that, or set PORT to another, such as PORT=8788`,
        ),
      ),
    )
    server.listen(port, '127.0.0.1', () => server.close(() => resolve()))
  })
}

const START_LIMIT_MS = 90_000
/** Databases may still be opening. A fault that lasts this long does not go away. */
const FAULT_MS = 5_000

/** Waits until the Worker reports that everything works. Throws what does not, with what to do. */
export async function untilHealthy(url: string): Promise<void> {
  const deadlineMs = Date.now() + START_LIMIT_MS
  let faultyMs: number | null = null
  for (;;) {
    const response = await fetch(`${url}/healthz`).catch(() => null)
    if (response?.ok) return
    const nowMs = Date.now()
    const faults = response === null ? [] : faultsIn(await response.json().catch(() => null))
    faultyMs = faults.length === 0 ? null : (faultyMs ?? nowMs)
    const isFaulty = faultyMs !== null && nowMs - faultyMs > FAULT_MS
    if (isFaulty || nowMs > deadlineMs) {
      const said = faults.map(({ title, fix }) => `${title} does not work. ${fix}`).join('\n')
      throw new Error(`Cannot start the Worker: ${said || `it does not answer on ${url}`}`)
    }
    await sleep(150)
  }
}

/** The checks of `/healthz` that fail, each with what to do. */
export function faultsIn(body: unknown): { title: string; fix: string }[] {
  const checks = (body as { checks?: Record<string, { ok?: boolean }> } | null)?.checks ?? {}
  return Object.entries(checks).flatMap(([name, check]) => {
    if (check.ok !== false) return []
    if (Object.hasOwn(ABOUT, name)) return [ABOUT[name as CheckName]]
    return [{ title: name, fix: 'Deploy this version with npm run deploy.' }]
  })
}
