import { createMiddleware } from 'hono/factory'
import type { Env } from '../../env.ts'
import { loggable } from '../../http/error-log.ts'
import { refusalResponse } from '../../http/refusal-response.ts'
import { findMemberOf } from '../sessions/middleware.ts'
import { findReader, noteUse } from './store.ts'
import { isApiToken, type Scope } from './token.ts'

export interface Reading {
  Bindings: Env
  /** `readerName`: the member's name, or `API token` and the token's name. */
  Variables: { accountId: string; readerName: string }
}

const BEARER = /^Bearer +(\S+)$/i

/** Lets signed-in members through, and API tokens that have the scope. */
export const requireReader = (scope: Scope) =>
  createMiddleware<Reading>(async function requireReader(c, next) {
    const header = c.req.header('authorization')
    if (header === undefined) {
      const member = await findMemberOf(c.env, c.req.raw)
      if (member === null) return refusalResponse({ reason: 'session_missing' })
      c.set('accountId', member.accountId)
      c.set('readerName', member.name)
    } else {
      const token = BEARER.exec(header)?.[1] ?? ''
      const reader = isApiToken(token) ? await findReader(c.env.DB, token) : null
      if (reader === null) return refusalResponse({ reason: 'api_token_unknown' })
      if (!reader.scopes.includes(scope)) return refusalResponse({ reason: 'scope_missing', scope })
      c.executionCtx.waitUntil(
        noteUse(c.env.DB, reader, Date.now()).catch((error: unknown) =>
          console.error('use of an API token not noted', loggable(error)),
        ),
      )
      c.set('accountId', reader.accountId)
      c.set('readerName', `API token ${reader.name}`)
    }
    await next()
    return undefined
  })
