/** What the global set-ups hand to the tests. */
export interface Provided {
  xaiUrl: string
  /** Of the server that channels lead to. */
  receiverUrl: string
  /** Of the scripted management API of xAI. */
  managementUrl: string
  workerUrl: string
  cookie: string
  stateDir: string
  workerPid: number
  /** Codes of one-time links to new accounts, by the file name of a browser test. */
  invitations: Record<string, string[]>
}

declare module 'vitest' {
  interface ProvidedContext extends Provided {}
}
