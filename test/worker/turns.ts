import { rollUpSums } from '../../src/ledger/rollups/store.ts'

/** Takes turns of a job until there is nothing more to do. */
export async function untilDone(turn: () => Promise<boolean>, most = 1_000): Promise<void> {
  for (let turns = 0; await turn(); turns++)
    if (turns === most) throw new Error(`a job is not done after ${most} turns`)
}

/** Sums up all hours and days that are over. */
export async function foldAll(
  ledger: D1Database,
  nowMs: number,
  sumsAtOnce?: number,
): Promise<void> {
  for (const kind of ['hour', 'day'] as const)
    await untilDone(() => rollUpSums(ledger, kind, nowMs, sumsAtOnce))
}
