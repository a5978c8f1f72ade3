import * as z from 'zod'
import { tokenName } from '../tokens/input.ts'
import type { Scope } from './token.ts'

/** A form sends a checkbox only if it is ticked. */
const ticked = z.literal('on').optional()
const scopes = { usage: ticked, requests: ticked } satisfies Record<Scope, typeof ticked>

export const newApiToken = z
  .object({ name: tokenName, ...scopes })
  .transform(({ name, ...form }) => ({
    name,
    scopes: (Object.keys(scopes) as Scope[]).filter((scope) => form[scope] === 'on'),
  }))
  .refine((input) => input.scopes.length > 0, {
    path: ['scopes'],
    message: 'choose what it may read',
  })
