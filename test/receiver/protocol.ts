/** What `/hook/NAME` does next: the first steps once each, the last one always. */
export type Step = 'ok' | 'error' | 'gone' | 'redirect' | 'hang' | 'reset'

export interface Received {
  headers: Record<string, string>
  body: string
  /** What was done with it. */
  step: Step
}
