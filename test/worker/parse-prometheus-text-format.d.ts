declare module 'parse-prometheus-text-format' {
  /** A family of metrics, as https://github.com/prometheus/prom2json has it. */
  export interface Family {
    name: string
    help: string
    type: string
    metrics: {
      labels?: Record<string, string>
      value?: string
      buckets?: Record<string, string>
      count?: string
      sum?: string
    }[]
  }
  export default function parse(text: string): Family[] | undefined
}
