import { TOKEN_SCOPES, type TokenScope } from '../tokens/token.ts'
import { table } from './setting.ts'

/** The settings of a token, which any member may change. */
export const TOKEN_SETTINGS = table({
  /** The token's permissions with the stored key. Tokens created before scopes existed have `all`. */
  scope: {
    column: 'scope',
    kind: 'choice',
    values: TOKEN_SCOPES,
    byDefault: 'all' satisfies TokenScope,
    whenUnknown: 'inference',
    audit: 'scope',
    ofCaller: true,
  },
  /** From then on every request is refused. Null: never. */
  expiresAtMs: {
    column: 'expires_at_ms',
    kind: 'number',
    byDefault: null,
    whenUnknown: null,
    audit: 'expiry',
    ofCaller: true,
  },
  /** Every request is refused until it is enabled again; a revoked token never comes back. */
  disabled: {
    column: 'disabled',
    kind: 'flag',
    byDefault: false,
    whenUnknown: false,
    audit: 'disabled',
    ofCaller: true,
  },
  /** Patterns of the models that a request may name, with `*` for any characters. */
  models: {
    column: 'models',
    kind: 'allowed',
    byDefault: null,
    whenUnknown: null,
    audit: 'models',
    ofCaller: true,
  },
  /** Patterns of endpoints, as the table of endpoints names them: `chat/completions`, `responses*`. */
  endpoints: {
    column: 'endpoints',
    kind: 'allowed',
    byDefault: null,
    whenUnknown: null,
    audit: 'endpoints',
    ofCaller: true,
  },
  /** The addresses that requests may come from, as CIDR. */
  addresses: {
    column: 'addresses',
    kind: 'allowed',
    byDefault: null,
    whenUnknown: null,
    audit: 'addresses',
    ofCaller: true,
  },
  /** Rate limits, which the account's object keeps. Null: none. */
  requestsPerMinute: {
    column: 'requests_per_minute',
    kind: 'number',
    byDefault: null,
    whenUnknown: null,
    audit: 'requests per minute',
    ofCaller: true,
  },
  tokensPerMinute: {
    column: 'tokens_per_minute',
    kind: 'number',
    byDefault: null,
    whenUnknown: null,
    audit: 'tokens per minute',
    ofCaller: true,
  },
  concurrent: {
    column: 'concurrent',
    kind: 'number',
    byDefault: null,
    whenUnknown: null,
    audit: 'concurrent requests',
    ofCaller: true,
  },
})
