import type { Child } from 'hono/jsx'

export interface TileProps {
  title: string
  /** From the period before, in words. Null: there is no earlier figure. */
  change: string | null
  /** One value per step. Null: there is none. */
  course: readonly (number | null)[]
  note?: string | null
  /** Where the figure leads. */
  url?: string | null
  children: Child
}

/** A figure with its change and its trend. */
export function Tile({ title, change, course, note, url, children }: TileProps) {
  return (
    <section class="card tile">
      <h2>{title}</h2>
      <p class="figure">{url ? <a href={url}>{children}</a> : children}</p>
      <p class="hint">{change ?? 'no earlier data'}</p>
      <Course values={course} />
      {note && <p class="hint">{note}</p>}
    </section>
  )
}

const WIDTH = 120
const HEIGHT = 28

/** A trend line without axes. The chart below has the numbers. */
function Course({ values }: { values: readonly (number | null)[] }) {
  const most = Math.max(...values.map((value) => value ?? 0), 0)
  const step = WIDTH / Math.max(values.length - 1, 1)
  const points = values.flatMap((value, index) => {
    if (value === null) return []
    const height = most === 0 ? 0 : (value / most) * (HEIGHT - 2)
    return `${(index * step).toFixed(1)},${(HEIGHT - 1 - height).toFixed(1)}`
  })
  return (
    <svg
      class="course"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <polyline points={points.join(' ')} />
    </svg>
  )
}
