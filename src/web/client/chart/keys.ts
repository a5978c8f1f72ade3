import type { Chart } from 'chart.js'
import { follow, openRange, type Numbers } from './table.ts'

const STEPS: Partial<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1 }

interface Listening {
  chart: Chart
  numbers: Numbers
  write: (value: number) => string
  /** Shows a selection; null: none. */
  select: (range: [number, number] | null) => void
  signal: AbortSignal
}

/**
 * Arrow keys move from step to step and read the values aloud; with Shift they select a range. Enter opens what is
 * chosen.
 */
export function listenForKeys({ chart, numbers, write, select, signal }: Listening): void {
  const { canvas } = chart
  const live = canvas.parentElement?.querySelector('[aria-live]')
  const last = numbers.rows.length - 1
  let at = -1
  let from = -1
  const read = (): void => {
    const values = numbers.columns.flatMap(({ title, values: all }) => {
      const value = all[at]
      return value ? [`${title} ${write(value)}`] : []
    })
    if (live) live.textContent = `${numbers.labels[at] ?? ''}: ${values.join(', ') || 'nothing'}`
  }
  const show = (): void => {
    const active = chart.data.datasets.map((_, datasetIndex) => ({ datasetIndex, index: at }))
    chart.tooltip?.setActiveElements(active, { x: 0, y: 0 })
    chart.setActiveElements(active)
    chart.update()
  }
  const onKey = (event: KeyboardEvent): void => {
    const step = STEPS[event.key]
    if (step === undefined && event.key !== 'Enter' && event.key !== 'Escape') return
    event.preventDefault()
    if (event.key === 'Escape') {
      from = -1
      return select(null)
    }
    if (step === undefined) {
      if (from >= 0) openRange(numbers, Math.min(from, at), Math.max(from, at))
      else follow(numbers.rows[at]?.cells[0])
      return
    }
    if (event.shiftKey && from < 0) from = Math.max(at, 0)
    if (!event.shiftKey) from = -1
    at = Math.max(0, Math.min(last, at + step))
    select(from < 0 ? null : [Math.min(from, at), Math.max(from, at)])
    show()
    read()
  }
  canvas.addEventListener('keydown', onKey, { signal })
}
