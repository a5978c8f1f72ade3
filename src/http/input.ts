import { closestMatch } from 'leven'
import * as z from 'zod'
import type { Refusal } from './refusals.ts'
import { joinBytes } from './bytes.ts'

/** The parsed value, or a refusal that names the first invalid parameter. */
export function readInput<T extends object>(schema: z.ZodType<T>, value: unknown): T | Refusal {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  if (issue?.code === 'unrecognized_keys')
    return unknownParameter(issue.keys[0] ?? 'body', namesOf(schema))
  return {
    reason: 'parameter_invalid',
    // The index of a value in a repeated parameter is left out.
    param: issue?.path.filter((part) => typeof part === 'string').join('.') || 'body',
    problem: issue?.message ?? 'not valid',
  }
}

/** Beyond so many letters, a name is another one rather than a misspelt one. */
const LETTERS_APART = 3

const lettersOf = (name: string): string => name.toLowerCase().split('').toSorted().join('')

function unknownParameter(name: string, known: readonly string[]): Refusal {
  // Letters that changed places are two changes to `leven`, and "modle" is not meant to be "mode".
  const meant =
    known.find((one) => lettersOf(one) === lettersOf(name)) ??
    closestMatch(name, known, { maxDistance: Math.min(LETTERS_APART, name.length - 1) })
  return {
    reason: 'parameter_invalid',
    param: name,
    problem: `there is no such parameter here; ${meant === undefined ? 'the reference at /reference lists them' : `did you mean "${meant}"?`}`,
  }
}

/** The parameters of an object's schema, also of one that is transformed. */
function namesOf(schema: z.core.$ZodType): string[] {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape)
  return schema instanceof z.ZodPipe ? namesOf(schema.in) : []
}

// An isolate serves many callers from 128 MB; no form of Metrion needs more than this.
const LIMIT_BYTES = 65_536

export async function readJsonInput<T extends object>(
  schema: z.ZodType<T>,
  request: Request,
): Promise<T | Refusal> {
  const text = await readText(request)
  if (text === null) return { reason: 'body_too_large', limitBytes: LIMIT_BYTES }
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return { reason: 'body_malformed', problem: 'send a JSON object' }
  }
  return readInput(schema, body)
}

/** The fields of a posted form. Empty if the body is larger than any form of Metrion. */
export async function readForm(request: Request): Promise<Partial<Record<string, string>>> {
  return Object.fromEntries(new URLSearchParams((await readText(request)) ?? ''))
}

/** Null: too long. The Content-Length header is not trusted. */
async function readText(request: Request): Promise<string | null> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of request.body ?? []) {
    size += part.length
    if (size > LIMIT_BYTES) return null
    parts.push(part)
  }
  return new TextDecoder().decode(joinBytes(parts))
}
