// Sums of sums, for times that are over. The SQL takes two parameters everywhere: ?1, times that began
// before this moment are over (milliseconds), and ?2, how many of them at once.
import { DAY_MS, HOUR_MS } from '../time.ts'

/** Column that is added up → what readers call it. */
export const SUMS = {
  requests: 'requests',
  failed: 'failed',
  aborted: 'aborted',
  input_tokens: 'inputTokens',
  cached_tokens: 'cachedTokens',
  output_tokens: 'outputTokens',
  reasoning_tokens: 'reasoningTokens',
  reported_ticks: 'reportedTicks',
  computed_ticks: 'computedTicks',
  estimated_ticks: 'estimatedTicks',
  unknown_costs: 'unknownCosts',
  own_ms: 'ownMs',
  timed_tokens: 'timedTokens',
  timed_ms: 'timedMs',
  compared_ticks: 'comparedTicks',
  listed_ticks: 'listedTicks',
  saved_ticks: 'savedTicks',
  timed_requests: 'timedRequests',
  compared_requests: 'comparedRequests',
} as const

const COUNTS = Object.keys(SUMS)
export const HISTOGRAMS = ['first_byte_histogram', 'total_histogram'] as const

interface Fold {
  /** What is noted as not summed up. */
  unfolded: 'hour' | 'day'
  lengthMs: number
  /**
   * From the table, or the kind of summary, to the kind of summary. `start`: the column with the time of
   * the source.
   */
  steps: readonly { from: string; start: string; into: string; by: keyof typeof KEYS }[]
  /** More that has to hold of what is picked, called u. */
  where: string
}

/** The cube with model and label in each other's columns: the key then begins with the model. */
export const TURNED = 'day_turned'

/** What a summary tells apart. */
const KEYS = {
  model: ['token_id', 'model'],
  label: ['label'],
  all: [],
  everything: ['token_id', 'model', 'label'],
} as const satisfies Record<string, readonly string[]>

const HOURS: Fold = {
  unfolded: 'hour',
  lengthMs: HOUR_MS,
  steps: [
    { from: 'rollups', start: 'hour_ms', into: 'hour', by: 'model' },
    { from: 'rollups', start: 'hour_ms', into: 'hour_label', by: 'label' },
    { from: 'hour', start: 'start_ms', into: 'hour_all', by: 'all' },
  ],
  where: 'TRUE',
}

const DAYS: Fold = {
  unfolded: 'day',
  lengthMs: DAY_MS,
  steps: [
    { from: 'hour', start: 'start_ms', into: 'day', by: 'model' },
    { from: 'hour_label', start: 'start_ms', into: 'day_label', by: 'label' },
    { from: 'hour_all', start: 'start_ms', into: 'day_all', by: 'all' },
    { from: 'rollups', start: 'hour_ms', into: 'day_cube', by: 'everything' },
    { from: 'rollups', start: 'hour_ms', into: 'day_turned', by: 'everything' },
  ],
  // Of hours that are summed up themselves.
  where: `NOT EXISTS (SELECT 1 FROM unfolded AS h WHERE h.account_id = u.account_id AND h.kind = 'hour'
      AND h.start_ms >= u.start_ms AND h.start_ms < u.start_ms + ${DAY_MS})`,
}

const ALL_KEYS = 'account_id, start_ms, token_id, model, label'

const columnsOf = (names: readonly string[]): string =>
  names.map((name) => `s.${name} AS ${name}`).join(', ')

/**
 * Histograms added up bucket by bucket: joined as texts, those of an hour with very many requesters would
 * be longer than a text may be.
 */
const merged = (
  histogram: string,
): string => `SELECT ${ALL_KEYS}, json_group_object(bucket, n) AS histogram FROM (
      SELECT ${ALL_KEYS}, one.key AS bucket, sum(one.value) AS n
      FROM source, json_each(source.${histogram}) AS one GROUP BY ${ALL_KEYS}, bucket) GROUP BY ${ALL_KEYS}`

function statementsOf({ unfolded, lengthMs, steps, where }: Fold): string[] {
  const picked = `SELECT account_id, start_ms FROM unfolded AS u WHERE kind = '${unfolded}'
    AND start_ms <= ?1 - ${lengthMs} AND ${where} ORDER BY start_ms, account_id LIMIT ?2`
  const fold = ({ from, start, into, by }: Fold['steps'][number]): string => {
    const told: readonly string[] = KEYS[by]
    const isTable = from === 'rollups'
    const keys =
      into === TURNED
        ? ['s.token_id', 's.label AS model', 's.model AS label']
        : ['token_id', 'model', 'label'].map((name) =>
            told.includes(name) ? `s.${name}` : `'' AS ${name}`,
          )
    const [firstByte, total] = HISTOGRAMS
    return `WITH picked AS MATERIALIZED (${picked}), source AS (
    SELECT p.account_id, p.start_ms, ${keys.join(', ')}, ${columnsOf([...COUNTS, ...HISTOGRAMS])}
    FROM picked AS p CROSS JOIN ${isTable ? from : 'summaries'} AS s ON s.account_id = p.account_id
      ${isTable ? '' : `AND s.kind = '${from}'`} AND s.${start} >= p.start_ms AND s.${start} < p.start_ms + ${lengthMs}),
  folded AS MATERIALIZED (
    SELECT ${ALL_KEYS}, ${COUNTS.map((name) => `sum(${name}) AS ${name}`).join(', ')} FROM source GROUP BY ${ALL_KEYS}),
  first_byte AS MATERIALIZED (${merged(firstByte)}),
  total AS MATERIALIZED (${merged(total)})
  INSERT INTO summaries (account_id, kind, start_ms, token_id, model, label, ${COUNTS.join(', ')}, ${HISTOGRAMS.join(', ')})
  SELECT account_id, '${into}', start_ms, token_id, model, label, ${COUNTS.join(', ')},
    ifnull(first_byte.histogram, '{}'), ifnull(total.histogram, '{}')
  FROM folded LEFT JOIN first_byte USING (${ALL_KEYS}) LEFT JOIN total USING (${ALL_KEYS})`
  }
  return [
    `DELETE FROM summaries WHERE (account_id, start_ms) IN (${picked})
      AND kind IN (${steps.map(({ into }) => `'${into}'`).join(', ')})`,
    ...steps.map(fold),
    `DELETE FROM unfolded WHERE kind = '${unfolded}' AND (account_id, start_ms) IN (${picked})`,
  ]
}

/** Each list is to be run as one transaction: hours from their rollups, days from their hours. */
export const FOLD_HOURS = statementsOf(HOURS)
export const FOLD_DAYS = statementsOf(DAYS)
