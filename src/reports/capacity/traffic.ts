import type { BY_REQUESTERS } from './measured.ts'

/** The traffic of a day. Shares are from 0 to 1. */
export interface Traffic {
  requests: number
  streamedShare: number
  /** Events of a stream on average; about one for each output token. */
  eventsAStream: number
  /** Of a hundred streams, one has more events than this: Free limits each request. */
  eventsOfLongStreams: number
  /** Streams whose callers ask for usage. */
  askingShare: number
  labelledShare: number
  sessionShare: number
  taggedShare: number
  /** Requests of over ten seconds. */
  longShare: number
  /** Requests under a budget. */
  budgetShare: number
  /** Tokens in use. */
  tokens: number
  requesters: keyof typeof BY_REQUESTERS
  /** Page views. */
  pages: number
  retentionDays: number
  /** Where rows go first. */
  sink: 'd1' | 'queue'
  /** A smaller limit of the ledger's database than the plan's. Null: none. */
  ledgerLimitBytes: number | null
  /** Of the database for each kept request. Null: as measured. */
  bytesARequest: number | null
}

/** Streamed, with usage asked for and a label; what a day of an application looks like. */
export const TYPICAL: Traffic = {
  requests: 0,
  streamedShare: 1,
  eventsAStream: 800,
  eventsOfLongStreams: 800,
  askingShare: 1,
  labelledShare: 1,
  sessionShare: 0,
  taggedShare: 0,
  longShare: 0,
  budgetShare: 0,
  tokens: 10,
  requesters: 'few',
  pages: 100,
  retentionDays: 90,
  sink: 'd1',
  ledgerLimitBytes: null,
  bytesARequest: null,
}
