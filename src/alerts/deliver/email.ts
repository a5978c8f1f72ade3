import type { Outgoing } from './webhook.ts'

// A subject is one line (RFC 5322).
const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').slice(0, 150)

export const emailOf = ({
  content,
  facts,
  accountName,
  url,
}: Outgoing): { subject: string; text: string } => ({
  subject: oneLine(`[Metrion] ${content.title}`),
  text: [
    ...content.text,
    '',
    content.advice,
    '',
    url,
    '',
    `Account: ${accountName}. Rule: ${facts.name}. An owner changes alerts and channels on the Alerts page.`,
  ].join('\n'),
})
