import { when } from '../../http/format.ts'
import type { PriceState } from '../../pricing/fetched-prices.ts'

/** When xAI's price list was read, and what differs from the table. */
export function Prices({ prices }: { prices: PriceState }) {
  const { checkedAtMs, problem, models, images } = prices
  const fetched = Object.entries({ ...images, ...models })
  return (
    <section class="card" aria-labelledby="prices-title">
      <header>
        <h2 id="prices-title">Prices</h2>
      </header>
      <p>
        {checkedAtMs === null
          ? 'xAI’s price list has not been read yet. A job reads it every night.'
          : `xAI’s price list was last read ${when(checkedAtMs)}.`}
        {problem !== null && ` The last attempt failed: ${problem}.`}
      </p>
      {fetched.length > 0 && (
        <>
          <p class="hint">
            For these models, the list differs from the built-in price table, and Metrion uses the
            list:
          </p>
          <ul class="rows">
            {fetched.map(([model, rows]) => (
              <li>
                <code>{model}</code> <span>since {rows.at(-1)?.from.slice(0, 10)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}
