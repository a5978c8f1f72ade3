/** Made up: the height of each day's parts, from the bottom. */
const DAYS = [
  [20, 12, 6],
  [24, 10, 8],
  [22, 14, 5],
  [30, 12, 9],
  [26, 16, 8],
  [12, 6, 3],
  [10, 5, 3],
  [28, 15, 10],
  [33, 14, 9],
  [36, 18, 12],
]
const WIDTH = 28
const HEIGHT = 72
const SHOWN = [
  { title: 'Cost', figure: '$42.18', change: '+8.4%' },
  { title: 'Requests', figure: '12,406', change: '+5.1%' },
  { title: 'Error rate', figure: '0.6%', change: '−0.2 points' },
]

/** What the dashboard will show, with made-up figures, and the one thing to do. */
export function Sample() {
  return (
    <section class="card sample" aria-labelledby="sample-title">
      <header>
        <h2 id="sample-title">No requests yet</h2>
        <span class="badge warn">Sample data</span>
      </header>
      <p>
        This account has had no requests. Once requests come in, this page shows what they cost, by
        model, requester and token, with errors and latency.
      </p>
      <p>
        <a class="button" href="/integrate">
          Send your first request
        </a>
      </p>
      <div class="sample-body" aria-hidden="true">
        <dl class="facts">
          {SHOWN.map(({ title, figure, change }) => (
            <div>
              <dt>{title}</dt>
              <dd>{figure}</dd>
              <dd class="hint">{change}</dd>
            </div>
          ))}
        </dl>
        <svg viewBox={`0 0 ${DAYS.length * WIDTH} ${HEIGHT}`} preserveAspectRatio="none">
          {DAYS.map((parts, day) => {
            let top = HEIGHT
            return parts.map((height, part) => (
              <rect
                class={`part-${part + 1}`}
                x={day * WIDTH + 4}
                y={(top -= height)}
                width={WIDTH - 8}
                height={height}
              />
            ))
          })}
        </svg>
      </div>
    </section>
  )
}
