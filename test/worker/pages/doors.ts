/** A page without the links of its figures, which lead to the requests behind them. */
export const withoutDoors = (html: string): string =>
  html.replaceAll(
    /(<(?:p class="figure"|th scope="row"|th scope="col" class="number"|td class="number"[^>]*)>)<a href="[^"]*">([^<]*)<\/a>/g,
    '$1$2',
  )
