/** The page of one session. */
export const sessionUrl = (session: string, more: Readonly<Record<string, string>> = {}): string =>
  `/sessions/detail?${new URLSearchParams({ session, ...more }).toString()}`

/** Input that xAI's prompt cache had, in percent of all. */
export const cachedShare = ({
  inputTokens,
  cachedTokens,
}: {
  inputTokens: number
  cachedTokens: number
}): string => (inputTokens === 0 ? '–' : `${((cachedTokens / inputTokens) * 100).toFixed(1)}%`)
