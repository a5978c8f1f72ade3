import type { z } from 'zod'
import type { Refusal } from './refusals.ts'
import { joinBytes } from './bytes.ts'

/** The parsed value, or a refusal that names the first invalid parameter. */
export function readInput<T extends object>(schema: z.ZodType<T>, value: unknown): T | Refusal {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  if (issue?.code === 'unrecognized_keys')
    return {
      reason: 'parameter_invalid',
      param: issue.keys[0] ?? 'body',
      problem: 'there is no such parameter here; the reference at /reference lists them',
    }
  return {
    reason: 'parameter_invalid',
    // The index of a value in a repeated parameter is left out.
    param: issue?.path.filter((part) => typeof part === 'string').join('.') || 'body',
    problem: issue?.message ?? 'not valid',
  }
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
