import { when } from '../http/format.ts'
import { localTime } from '../http/zone.ts'

/** How fine a time is shown. `short`: to the second, without the year. */
export type Fineness = 'second' | 'short' | 'minute' | 'day'
const LENGTHS: Record<Fineness, number> = { second: 19, short: 19, minute: 16, day: 10 }

interface WhenProps {
  ms: number
  /** The viewer's zone, where it is known; else UTC, until the script knows better. */
  zone?: string
  fineness?: Fineness
}

/**
 * A moment. The script writes it as the person does, in their zone and language; without it, it is ISO 8601 in the
 * zone that is known.
 */
export function When({ ms, zone, fineness = 'minute' }: WhenProps) {
  const iso = new Date(ms).toISOString()
  return (
    <time datetime={iso} data-when={fineness} data-zone={zone} title={iso}>
      {zone === undefined ? when(ms) : localTime(ms, zone).slice(0, LENGTHS[fineness])}
    </time>
  )
}

export function LastUsed({ ms }: { ms: number | null }) {
  return ms === null ? (
    <>not used yet</>
  ) : (
    <>
      last used <When ms={ms} />
    </>
  )
}
