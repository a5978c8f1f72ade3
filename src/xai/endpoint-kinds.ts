import { NAMED_MEMBERS } from './meters/media.ts'
import type { Meter } from '../metering/usage.ts'
import type { Endpoint } from './endpoint.ts'

export const NONE: ReadonlySet<string> = new Set()

// Kinds of endpoints. Each overrides the defaults of `free`.

export const free = (...methods: string[]) => ({
  methods,
  meter: null,
  members: NONE,
  varying: [] as readonly string[],
  isJson: false,
  takesJson: false,
  models: 'none' as Endpoint['models'],
  required: {},
  priced: [] as string[],
  limits: [] as readonly string[],
  counted: [] as readonly string[],
  unitsOf: null,
  hiddenUsage: null,
  cachesPrompts: false,
  isBinary: false,
  starts: null,
  asksAfterJob: false,
  repeatsAnswer: false,
  isHandedOutOnce: false,
  hasResults: false,
  socket: null,
  access: 'any' as Endpoint['access'],
  makes: null as Endpoint['makes'],
  refusal: null,
  allowedBy: null,
})

export const metered = (meter: Meter, members: ReadonlySet<string>) => ({
  ...free('POST'),
  meter,
  members,
  isJson: true,
  takesJson: true,
  models: 'one' as Endpoint['models'],
})

/** Free, with a JSON body that passes unread. */
export const freeJson = (...methods: string[]) => ({ ...free(...methods), takesJson: true })

/** The path has the id of an object, which belongs to its creator. */
export const OWN = { access: 'own' } as const
/** Concerns the whole account at xAI. */
export const WHOLE = { access: 'none' } as const
/** An upload, which stays at xAI until it is deleted. */
export const UPLOAD = { makes: 'upload', members: NAMED_MEMBERS } as const

export const result = (meter: Meter, members: ReadonlySet<string>) => ({
  ...free('GET'),
  ...OWN,
  meter,
  members,
  asksAfterJob: true,
})

export const refused = (refusal: string, ...methods: string[]) => ({ ...free(...methods), refusal })
