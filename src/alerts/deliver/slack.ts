import type { Outgoing } from './webhook.ts'

// https://docs.slack.dev/messaging/formatting-message-text#escaping. It also keeps a requester's name from calling
// everybody (`<!channel>`).
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const MOST_CHARACTERS = 3_000

/** The JSON of an incoming webhook. Discord takes the same at `/slack`. */
export function slackBody({ content, facts, url }: Outgoing): object {
  const { title, text, advice } = content
  const mark = { warning: 'Warning', alert: 'Alert', over: 'Over' }[facts.level]
  const isTitled = title.startsWith('Over:') || facts.kind === 'test'
  const lines = [
    `*${escaped(isTitled ? title : `${mark}: ${title}`)}*`,
    ...text.map(escaped),
    escaped(advice),
  ]
  return { text: `${lines.join('\n').slice(0, MOST_CHARACTERS)}\n<${url}|Open in Metrion>` }
}
