import type { Child } from 'hono/jsx'

/** One figure of a list of facts (`dl.facts`). */
export function Fact({ name, children }: { name: string; children: Child }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
