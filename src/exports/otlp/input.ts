import * as z from 'zod'

const HEADER = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/
const OWN = ['host', 'content-type', 'content-length', 'connection', 'transfer-encoding']
const MOST_HEADERS = 10

const LINE = 'use one header a line, such as Authorization: Bearer …'

/** "Name: value" lines. */
function readHeaders(text: string, context: z.RefinementCtx): Record<string, string> {
  const headers: Record<string, string> = {}
  const refuse = (message: string): void => context.addIssue({ code: 'custom', message })
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  if (lines.length > MOST_HEADERS) refuse(`use at most ${MOST_HEADERS} headers`)
  for (const line of lines.slice(0, MOST_HEADERS)) {
    const at = line.indexOf(':')
    const [name, value] = [line.slice(0, at).trim(), line.slice(at + 1).trim()]
    if (at < 1 || !HEADER.test(name) || !/^[\x20-\x7e]{1,2000}$/.test(value)) refuse(LINE)
    else if (OWN.includes(name.toLowerCase())) refuse(`leave out ${name}: Metrion sets it`)
    else headers[name.toLowerCase()] = value
  }
  return headers
}

/** Where traces go, as it was typed. */
export const newTarget = z.strictObject({
  url: z
    .string({ error: 'send the URL of the collector' })
    .trim()
    .min(1, 'send the URL of the collector')
    .max(2_000, 'use at most 2000 characters'),
  headers: z
    .string({ error: LINE })
    .max(5_000, 'use at most 5000 characters')
    .default('')
    .transform(readHeaders),
})
export type NewTarget = z.output<typeof newTarget>
