import type { Outgoing } from './webhook.ts'

const ZERO_WIDTH_SPACE = '\u200B'

/**
 * https://docs.slack.dev/messaging/formatting-message-text#escaping. Names come from callers: they must call nobody
 * (`<!channel>` at Slack, `@everyone` at Discord), and lead nowhere.
 */
const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('@', `@${ZERO_WIDTH_SPACE}`)
    .replaceAll('://', `:${ZERO_WIDTH_SPACE}//`)

/** Discord takes 2,000, with the link. */
const MOST_CHARACTERS = 1_500

/** The JSON of an incoming webhook. Discord takes the same at `/slack`. */
export function slackBody({ content, facts, accountName, url }: Outgoing): object {
  const { title, text, advice } = content
  const mark = { warning: 'Warning', alert: 'Alert', over: 'Over' }[facts.level]
  const isTitled = title.startsWith('Over:') || facts.kind === 'test'
  const lines = [
    `*${escaped(isTitled ? title : `${mark}: ${title}`)}*`,
    ...text.map(escaped),
    escaped(advice),
    escaped(`${accountName} · ${facts.name}`),
  ]
  return { text: `${lines.join('\n').slice(0, MOST_CHARACTERS)}\n<${url}|Open in Metrion>` }
}
