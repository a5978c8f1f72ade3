/** What the scripted management API knows of a team. */
export interface Team {
  /** The management key that may read it. */
  key: string
  usage?: {
    keyId: string
    model: string
    hourMs: number
    usd: number
    /** xAI does not tell it before this time. */
    fromMs?: number
  }[]
  /** Hours that are missing in the answer. */
  holes?: number[]
  invoice?: object
  fault?: { status?: number; delayMs?: number; mostModels?: number }
}
