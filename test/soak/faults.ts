export type Fault = 'none' | 'fails' | 'hangs' | 'overloaded'
export type Faults = Record<'LEDGER' | 'LEDGER_QUEUE', Fault>

export const NO_FAULTS: Faults = { LEDGER: 'none', LEDGER_QUEUE: 'none' }

/** What goes wrong while requests pass, in turn. In the end everything is well again. */
export const PHASES: readonly Faults[] = [
  NO_FAULTS,
  { LEDGER: 'fails', LEDGER_QUEUE: 'none' },
  { LEDGER: 'overloaded', LEDGER_QUEUE: 'none' },
  { LEDGER: 'hangs', LEDGER_QUEUE: 'none' },
  { LEDGER: 'fails', LEDGER_QUEUE: 'fails' },
  { LEDGER: 'none', LEDGER_QUEUE: 'fails' },
  { LEDGER: 'hangs', LEDGER_QUEUE: 'overloaded' },
  NO_FAULTS,
]
