import type { AsyncJobKind } from '../metering/async-job-kinds.ts'
import type { BillableUnits } from '../metering/billable-units.ts'
import type { Meter } from '../metering/usage.ts'
import type { BodyFacts } from './body-facts.ts'
import type { SocketKind } from './sockets.ts'

/** An endpoint of xAI, and how it is metered. A new endpoint is a new row of the table. */
export interface Endpoint {
  methods: readonly string[]
  /** Null: xAI does not bill the endpoint. */
  meter: Meter | null
  /** The members that the meter reads of answers too large to be parsed whole. */
  members: ReadonlySet<string>
  /**
   * Most events of a stream differ from the one before only in the texts of these members, and the meter needs
   * only the length of those texts. Such events need not be parsed.
   */
  varying: readonly string[]
  /** The body is JSON and is checked while it passes. Other bodies pass unchecked. */
  isJson: boolean
  /** xAI accepts only JSON, and needs a content type that says so. */
  takesJson: boolean
  /** Members that the JSON body must have, each with an example for the error message. */
  required: Readonly<Record<string, string>>
  /**
   * The place where a request names models. `one`: in the member `model`, else xAI chooses. `items`: in each of its requests.
   * `hidden`: what is made with the answer may use any. `none`: there is no model.
   */
  models: 'one' | 'items' | 'hidden' | 'none'
  /** Members of the JSON body that the price depends on. */
  priced: readonly string[]
  /** Members that limit the output, which budgets reserve for. */
  limits: readonly string[]
  /** Members whose number of items the price depends on. */
  counted: readonly string[]
  /** The billable units, as far as the request says them; null: it says none. */
  unitsOf: ((facts: BodyFacts) => BillableUnits | null) | null
  /**
   * Streams report usage only with `stream_options.include_usage`, which Metrion adds. This tells the events to
   * hide from a caller that did not ask for usage; null: none.
   */
  hiddenUsage: ((event: unknown) => boolean) | null
  /** xAI caches its prompts, on the server that `x-grok-conv-id` leads to. */
  cachesPrompts: boolean
  /** An answer that is not JSON is binary (sound, say), and complete when it ends. */
  isBinary: boolean
  /** The kind of async job that a request may start at xAI; null: none. */
  starts: AsyncJobKind | null
  /** It asks for an async job that another request started: the bill belongs to that request, and counts once. */
  asksAfterJob: boolean
  /** It repeats an answer that has been billed, unless that answer was cut. */
  repeatsAnswer: boolean
  /** xAI hands out the job's result only once: if the answer is cut, the result is lost. */
  isHandedOutOnce: boolean
  /** The answer is a page of results, each with its own bill. */
  hasResults: boolean
  /** The metering of the endpoint's WebSocket; null: it has none. */
  socket: SocketKind | null
  /**
   * The rights of a token with the scope `inference` and the stored key: everything, only objects that the
   * token has created, or nothing.
   */
  access: 'any' | 'own' | 'none'
  /** The kind of object that a request creates at xAI, which the answer names; null: it creates none. */
  makes: 'answer' | 'work' | 'upload' | null
  /** The reason why Metrion does not serve it, and what to use instead; null: it is served. */
  refusal: string | null
  /** The account's setting that allows it despite `refusal`; null: none. */
  allowedBy: 'clientSecrets' | null
}

/** The ways to call an endpoint: its methods, and `WebSocket`. */
export const waysOf = ({ methods, socket }: Endpoint): string[] =>
  socket ? [...methods, 'WebSocket'] : [...methods]
