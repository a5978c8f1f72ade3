import { BUCKET_WIDTH } from '../../reports/usage/percentile.ts'

type Figure = number | null

const sign = (value: number): string => (value < 0 ? '−' : '+')
const share = (now: Figure, before: Figure): number | null =>
  now === null || !before ? null : now / before - 1

/** How far a figure is from the one of the period before, in percent: "+5.0%". Null: nothing to compare with. */
export function change(now: Figure, before: Figure): string | null {
  const by = share(now, before)
  return by === null ? null : `${sign(by)}${Math.abs(by * 100).toFixed(1)}%`
}

/** The same for a rate, in points of a percent: from 2% to 4% is "+2.0 points", not "+100%". */
export function changeInPoints(now: Figure, before: Figure): string | null {
  if (now === null || before === null) return null
  const by = (now - before) * 100
  const points = Math.abs(by).toFixed(1)
  return points === '0.0' ? 'no change' : `${sign(by)}${points} points`
}

/** The same for a percentile. A change that is within the width of a bucket may be none. */
export function changeOfPercentile(now: Figure, before: Figure): string | null {
  const by = share(now, before)
  if (by === null) return null
  // As in logarithms, so that up and down are alike.
  if (Math.abs(Math.log1p(by)) < Math.log(BUCKET_WIDTH)) return 'about the same'
  return `${sign(by)}${Math.abs(by * 100).toFixed(0)}%`
}
