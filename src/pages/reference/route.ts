import { Hono } from 'hono'
import type { Env } from '../../env.ts'
import { openApiDocument } from './document.ts'

/** Public: the document has no account data, and client generators send no credentials. */
export const documentRoutes = new Hono<{ Bindings: Env }>()

documentRoutes.get('/', (c) => c.json(openApiDocument(new URL(c.req.url).origin)))
