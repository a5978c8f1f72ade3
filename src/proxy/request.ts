import type { Caller } from '../credentials/callers/store.ts'
import type { Background, Env, Settings } from '../env.ts'
import type { Credential } from './credential.ts'
import type { Exchange } from './exchange.ts'
import type { MatchedEndpoint } from '../xai/match.ts'

/** A request whose caller and endpoint are known: the input of every later stage. */
export interface ProxyRequest {
  request: Request
  url: URL
  env: Env
  ctx: Background
  settings: Settings
  endpoint: MatchedEndpoint
  credential: Credential
  caller: Caller
  exchange: Exchange
}
