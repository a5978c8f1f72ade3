import type { Env } from './env.ts'
import { unexpectedResponse } from './http/refusal-response.ts'
import { dialectOf, PREFIX } from './xai/match.ts'
import { proxy } from './proxy/route.ts'

/** Serves the proxy, or the rest, which is loaded on first use: the proxy loads no router, no ORM and no pages. */
export async function answerRequest(
  request: Request,
  env: Env,
  ctx: ExecutionContext,
): Promise<Response> {
  const url = new URL(request.url)
  const path = url.pathname
  try {
    if (path === PREFIX || path.startsWith(`${PREFIX}/`)) return await proxy(request, url, env, ctx)
    const { site } = await import('./site.tsx')
    return await site.fetch(request, env, ctx)
  } catch (error) {
    const cause = error instanceof Error ? error : new Error(typeof error)
    return unexpectedResponse(cause, path, dialectOf(path))
  }
}
