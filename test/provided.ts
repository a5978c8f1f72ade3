/** What the global set-ups hand to the tests. */
export interface Provided {
  xaiUrl: string
  workerUrl: string
  cookie: string
  stateDir: string
  workerPid: number
}

declare module 'vitest' {
  interface ProvidedContext extends Provided {}
}
