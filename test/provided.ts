import 'vitest'

// What the global set-ups hand to the tests.
declare module 'vitest' {
  interface ProvidedContext {
    xaiUrl: string
    workerUrl: string
    cookie: string
    stateDir: string
    workerPid: number
  }
}
