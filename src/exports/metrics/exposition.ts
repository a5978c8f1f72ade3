// Prometheus' text format: https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details

export type Labels = Readonly<Record<string, string>>

export interface Sample {
  /** Behind the metric's name, of histograms: `_bucket`, `_sum`, `_count`. */
  suffix?: string
  labels: Labels
  value: number
}

export interface Metric {
  name: string
  type: 'counter' | 'gauge' | 'histogram'
  help: string
  samples: readonly Sample[]
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' }

/** Line ends of other kinds would end a line for some parsers. */
const escaped = (text: string): string =>
  text.replaceAll(/[\r\u2028\u2029]/g, ' ').replaceAll(/[\\"\n]/g, (one) => ESCAPES[one]!)

const labelsText = (labels: Labels): string => {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return parts.length === 0 ? '' : `{${parts.join(',')}}`
}

/** Metrics as text. Those without a sample are left out. */
export const toExposition = (metrics: readonly Metric[]): string =>
  metrics
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, type, help, samples }) =>
      [
        `# HELP ${name} ${help}`,
        `# TYPE ${name} ${type}`,
        ...samples.map(
          ({ suffix = '', labels, value }) => `${name}${suffix}${labelsText(labels)} ${value}`,
        ),
      ]
        .map((line) => `${line}\n`)
        .join(''),
    )
    .join('')
