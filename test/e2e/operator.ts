/** An operator without a browser: the JSON routes under /api/v1. */
export interface Operator {
  cookie: string
  call: (method: string, path: string, body?: unknown) => Promise<Response>
}

export function operatorOf(workerUrl: string, cookie: string): Operator {
  return {
    cookie,
    call: (method, path, body) =>
      fetch(`${workerUrl}/api/v1${path}`, {
        method,
        headers: { cookie },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
  }
}

/** Lets the holder of a one-time code in. */
export async function signIn(workerUrl: string, code: string, name: string): Promise<Operator> {
  const response = await operatorOf(workerUrl, '').call('POST', '/session', { code, name })
  if (!response.ok) throw new Error(`not signed in: ${await response.text()}`)
  return operatorOf(workerUrl, response.headers.getSetCookie()[0]?.split(';')[0] ?? '')
}

export type Row = Record<string, unknown>

/** The row of a request, once it is written. */
export async function rowOf(operator: Operator, id: string): Promise<Row> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const response = await operator.call('GET', `/requests/${id}`)
    if (response.ok) return (await response.json()) as Row
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`no row for ${id}`)
}
