import type * as z from 'zod'

/** An operation for signed-in members: it takes their session's cookie, and no API token. */
export interface MemberOperation {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** Below /api/v1. */
  path: string
  id: string
  summary: string
  description: string
  /** The JSON body; null: none. */
  body: z.ZodType | null
  /** Null: no content. */
  answer: z.ZodType | null
  status: 200 | 201 | 204
}
