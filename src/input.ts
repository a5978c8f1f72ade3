import type { z } from 'zod'
import type { Refusal } from './errors.ts'

/** The value as the schema has it, or a refusal that names the first parameter that is wrong. */
export function readInput<T extends object>(schema: z.ZodType<T>, value: unknown): T | Refusal {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  return {
    reason: 'parameter_invalid',
    param: issue?.path.join('.') || 'body',
    problem: issue?.message ?? 'not valid',
  }
}

export async function readJsonInput<T extends object>(
  schema: z.ZodType<T>,
  request: Request,
): Promise<T | Refusal> {
  const body: unknown = await request.json().catch(() => undefined)
  if (body === undefined) return { reason: 'body_malformed', problem: 'send a JSON object' }
  return readInput(schema, body)
}
