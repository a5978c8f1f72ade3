import { count, dollars, usd } from '../http/format.ts'

/** An amount as people read it. What it is to the tick is in its tooltip, and for programs in `value` (USD). */
export function Money({ ticks }: { ticks: number }) {
  const exact = usd(Math.round(ticks))
  const short = dollars(ticks)
  return short === exact ? (
    <>{exact}</>
  ) : (
    <span title={`${exact} (${count(Math.round(ticks))} ticks)`}>{short}</span>
  )
}

/** `rare`: phones have no room for it. */
export function MoneyCell({ ticks, rare = false }: { ticks: number; rare?: boolean }) {
  return (
    <td class={rare ? 'number rare' : 'number'}>
      <Money ticks={ticks} />
    </td>
  )
}
