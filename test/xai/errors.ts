// Errors of api.x.ai, from public threads and recordings.

/** Error bodies, with the status they come with. */
export const ERRORS = {
  badKey: [
    400,
    {
      code: 'invalid-argument',
      error:
        'Incorrect API key provided: ba***na. You can obtain an API key from https://console.x.ai.',
    },
  ],
  badKeyOld: [
    400,
    {
      code: 'Client specified an invalid argument',
      error:
        'Incorrect API key provided: ba***na. You can obtain an API key from https://console.x.ai.',
    },
  ],
  tooLong: [
    400,
    {
      code: 'invalid-argument',
      error: "This model's maximum prompt length is 500000 but the request contains 637815 tokens.",
    },
  ],
  noKey: [401, { code: 'unauthenticated:no-credentials', error: 'No credentials presented.' }],
  forbidden: [403, { code: 'permission-denied', error: 'Access to the chat endpoint is denied.' }],
  unknownModel: [
    404,
    {
      code: 'not-found',
      error: 'The model grok-nope does not exist or your team 5f3b does not have access to it.',
    },
  ],
  notFound: [404, { code: 'not-found', error: 'The requested resource was not found.' }],
  gone: [
    410,
    { code: 'gone', error: 'Live search is deprecated. Please switch to the Agent Tools API' },
  ],
  rateLimited: [
    429,
    {
      code: 'Some resource has been exhausted',
      error:
        "Too many tokens for team 5f3b and model grok-4-0709. Your team's rate limit is — Tokens per Minute (actual/limit): 65605/16000",
    },
  ],
  unavailable: [
    503,
    {
      code: 'The service is currently unavailable',
      error: 'Service temporarily unavailable. The model did not respond to this request.',
    },
  ],
  nested: [
    400,
    { error: { message: 'Nested words', type: 'invalid_request_error', param: null, code: 'x' } },
  ],
  flatText: [400, { error: 'Only words' }],
} as const satisfies Record<string, readonly [number, object]>

export const UNPROCESSABLE =
  'Failed to deserialize the JSON body into the target type: missing field `messages` at line 1 column 20'
export const CLOUDFLARE_520 =
  '<!DOCTYPE html><html><head><title>api.x.ai | 520: Web server is returning an unknown error</title></head><body><h1>Error 520</h1></body></html>'
/** Comes with status 200 and content-type application/json, even where a stream was asked for. */
export const ERROR_200 = {
  code: 'The service is currently unavailable',
  error: 'Timed out waiting for first token',
}
export const ERROR_CHUNK = {
  code: 'The service is currently unavailable',
  error: 'Service temporarily unavailable. The model did not respond to this request.',
}
