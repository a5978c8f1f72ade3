import type { GroupBy } from '../reports/usage/input.ts'

/** Who or what a figure comes from, with its share of it. */
export interface Cause {
  by: GroupBy
  key: string
  /** As people know it: a token by its name. */
  name: string
  amount: number
  /** From 0 to 1. */
  share: number
}

/** How a cost is known, in ticks, and the number of requests whose cost is not. */
export interface Basis {
  reported: number
  computed: number
  estimated: number
  unknown: number
}

/** A message as people read it. */
export interface Content {
  title: string
  /** What happened, and how sure the figure is: a sentence each. */
  text: readonly string[]
  /** What to do. */
  advice: string
  /** The page with the requests that it is about, below the deployment's origin. */
  path: string
  causes: readonly Cause[]
  /** Null: the figure is no cost. */
  basis: Basis | null
  /** There were too many messages in this hour, so that this one was only kept. */
  isHeldBack: boolean
}
