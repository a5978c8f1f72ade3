import type { UsageQuery } from '../../reports/usage/input.ts'
import type { Asked as Read, Usage } from '../../reports/usage/store.ts'
import type { FrameProps } from './props.ts'

/** The parsed request for a dashboard section: its props, and the queries of its sums. */
export interface Asked {
  frame: Omit<FrameProps, 'tokenNames'>
  query: UsageQuery
  /** The query of the earlier period that this one is compared with. */
  before: UsageQuery
  read: <const T extends readonly Read[]>(...reads: T) => Promise<{ [K in keyof T]: Usage }>
}

/** The query without time steps. With five-minute steps it still reads the requests, not the hourly sums. */
export const inOne = ({ interval, ...query }: UsageQuery): UsageQuery => ({
  ...query,
  isFine: interval === '5min',
})
