import { Hono } from 'hono'
import type { Env } from '../../env.ts'
import { openApiDocument } from './document.ts'

/** Open to everybody: it says nothing of anybody, and generators ask without credentials. */
export const documentRoutes = new Hono<{ Bindings: Env }>()

documentRoutes.get('/', (c) => c.json(openApiDocument(new URL(c.req.url).origin)))
