import type { AsyncJobKind } from '../ledger/async-jobs/async-job.ts'
import type { BillableUnits } from '../metering/billable-units.ts'
import type { Meter } from '../metering/usage.ts'
import type { BodyFacts } from './body-facts.ts'
import type { SocketKind } from './sockets.ts'

/** What xAI serves under a path, and how it is metered. A new endpoint is a new row of the table. */
export interface Endpoint {
  methods: readonly string[]
  /** Null: nothing is billed. */
  meter: Meter | null
  /** The members that the meter reads, for answers too large to be parsed whole. */
  members: ReadonlySet<string>
  /**
   * The members in whose texts alone most events of a stream differ from the one before, and of which the meter
   * asks for the length alone: such events need not be parsed.
   */
  varying: readonly string[]
  /** The body is JSON, and checked while it passes; any other goes through as it comes. */
  isJson: boolean
  /** xAI takes JSON alone, and has to be told that it is. */
  takesJson: boolean
  /** Members that the JSON body must have, each with an example for whoever forgot it. */
  required: Readonly<Record<string, string>>
  /** Members of the JSON body that the price depends on. */
  priced: readonly string[]
  /** Members of which only the number of items matters. */
  counted: readonly string[]
  /** What is billed by the piece, as far as the request says it. */
  unitsOf: ((facts: BodyFacts) => BillableUnits | null) | null
  /** A stream tells its usage only with `stream_options.include_usage`; such an event is hidden. */
  hiddenUsage: ((event: unknown) => boolean) | null
  /** An answer that is not JSON is sound, say, and whole when it ends. */
  isBinary: boolean
  /** The kind of work that may go on at xAI behind the answer. */
  starts: AsyncJobKind | null
  /** It asks after work that another request began: the bill is that one's, and counts once. */
  asksAfterJob: boolean
  /** It repeats an answer that has been billed, unless that one broke off. */
  repeatsAnswer: boolean
  /** It hands out what it asks after once: an answer that is lost on its way is lost. */
  isHandedOutOnce: boolean
  /** The answer is a page of results, each with a bill of its own. */
  hasResults: boolean
  /** How a WebSocket there is metered; null: there is none. */
  socket: SocketKind | null
  /**
   * What a token of the scope `inference` may do there with the stored key: everything, use the objects
   * that it has made itself, or nothing.
   */
  access: 'any' | 'own' | 'none'
  /** What of the answer names an object that is then at xAI; null: it makes none. */
  makes: 'answer' | 'work' | 'upload' | null
  /** Why it is not served, and what to use instead. */
  refusal: string | null
  /** A setting of the account that lets it be served all the same. */
  allowedBy: 'clientSecrets' | null
}

/** How it may be called: its methods, and by WebSocket. */
export const waysOf = ({ methods, socket }: Endpoint): string[] =>
  socket ? [...methods, 'WebSocket'] : [...methods]
