import { dollars, usd } from '../../../src/http/format.ts'

const literal = (text: string): string => text.replaceAll(/[.$()]/g, '\\$&')

/** A tile whose figure is the amount: short, and exact in its tooltip or where it is short anyway. */
export const figureOf = (ticks: number): RegExp =>
  new RegExp(
    usd(ticks) === dollars(ticks)
      ? `<p class="figure">(?:<a [^>]+>)?${literal(usd(ticks))}<`
      : `<p class="figure">(?:<a [^>]+>)?<span title="${literal(usd(ticks))} [^"]+ticks\\)">${literal(dollars(ticks))}<`,
  )
