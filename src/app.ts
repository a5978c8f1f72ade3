import { Hono } from 'hono'
import type { Env } from './env.ts'
import { unexpectedResponse } from './error-response.ts'
import { proxy } from './proxy/route.ts'

export const app = new Hono<{ Bindings: Env }>()

app.all('/api/proxy/grok/*', (c) => proxy(c.req.raw, c.env, c.executionCtx))

// The rest is loaded when it is first asked for: the proxy carries neither the ORM nor the validator.
app.all('*', async (c) => {
  const { site } = await import('./site.tsx')
  return site.fetch(c.req.raw, c.env, c.executionCtx)
})

app.onError((error, c) => unexpectedResponse(error, c.req.path))
