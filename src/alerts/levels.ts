import { DAY_MS } from '../http/time.ts'

export const LEVELS = ['warning', 'alert'] as const
export type Level = (typeof LEVELS)[number]
/** What is told of a rule: that a line was crossed, or that it is over. */
export const TOLD = [...LEVELS, 'over'] as const
export type Told = (typeof TOLD)[number]

/** A warning is told at this share of the threshold, an alert at all of it. */
export const WARNING_SHARE = 0.9
/** A rule tells each level at most once in this time. */
const PAUSE_MS = DAY_MS

/**
 * When each level was last told of one subject of a rule. `open`: the level that was told and is not over yet; `count`:
 * how many there were then.
 */
export type RuleState = { open?: Level; count?: number } & Partial<Record<Told, number>>
/** By subject: a rule may be about several models or tokens. */
export type RuleStates = Readonly<Record<string, RuleState>>

/** The subject of rules that have only one. */
export const ALL = 'all'

export interface Decision {
  /** Null: nothing. */
  tells: Told | null
  state: RuleState
}

/**
 * What to tell of a rule. `share`: its value as a share of the threshold; null: there is too little to judge by, and
 * nothing changes. An alert tells the warning, too; what was told and is over is told once.
 */
export function decide(share: number | null, state: RuleState, nowMs: number): Decision {
  if (share === null) return { tells: null, state }
  const isDue = (told: Told): boolean =>
    state[told] === undefined || nowMs - state[told] >= PAUSE_MS
  if (share >= 1 && isDue('alert'))
    return { tells: 'alert', state: { ...state, open: 'alert', alert: nowMs, warning: nowMs } }
  // Above the threshold, the warning has nothing to add.
  if (share >= 1) return { tells: null, state }
  if (share >= WARNING_SHARE)
    return state.open === undefined && isDue('warning')
      ? { tells: 'warning', state: { ...state, open: 'warning', warning: nowMs } }
      : { tells: null, state }
  if (state.open === undefined) return { tells: null, state }
  const { open: _open, ...closed } = state
  // What was told is always said to be over.
  return { tells: 'over', state: { ...closed, over: nowMs } }
}

/**
 * The same for what only is or is not, such as a job that failed: it is told once, and again after it was over, or when
 * there are more.
 */
export function decideOnce(
  { is, level, count = 0 }: { is: boolean; level: Level; count?: number },
  state: RuleState,
  nowMs: number,
): Decision {
  if (is && state.open !== undefined && count <= (state.count ?? 0)) return { tells: null, state }
  const share = is ? (level === 'alert' ? 1 : WARNING_SHARE) : 0
  const before = is && state.open !== undefined ? { ...state, open: undefined } : state
  const { open, ...rest } = before
  const decision = decide(share, open === undefined ? rest : { ...rest, open }, nowMs)
  if (decision.tells === null || !is)
    return decision.tells === null && is ? { tells: null, state } : decision
  return { ...decision, state: { ...decision.state, count } }
}
