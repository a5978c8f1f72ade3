import type { Chart } from 'chart.js'
import { openRange, type Numbers } from './table.ts'

/** A shorter way is a click. */
const LEAST_PX = 8

/** The step under a place of the chart, in pixels from its left. */
function stepAt(chart: Chart, x: number): number {
  const { labels = [] } = chart.data
  const value = chart.scales['x']?.getValueForPixel(x) ?? 0
  return Math.max(0, Math.min(labels.length - 1, Math.round(value)))
}

/** Marks the steps of a selection. Null: nothing is selected. */
export function showSelection(
  chart: Chart,
  place: HTMLElement,
  range: [number, number] | null,
): void {
  const { x } = chart.scales
  const shown = place.querySelector<HTMLElement>('.selection') ?? document.createElement('div')
  shown.className = 'selection'
  if (range === null || x === undefined) return shown.remove()
  const half = (x.getPixelForValue(1) - x.getPixelForValue(0)) / 2
  const left = x.getPixelForValue(range[0]) - half
  shown.style.left = `${left}px`
  shown.style.width = `${x.getPixelForValue(range[1]) + half - left}px`
  shown.style.top = `${chart.chartArea.top}px`
  shown.style.height = `${chart.chartArea.bottom - chart.chartArea.top}px`
  place.append(shown)
}

/** Dragging over the chart opens the range that was dragged over. Returns whether the last click ended a drag. */
export function listenForBrush(
  chart: Chart,
  place: HTMLElement,
  numbers: Numbers,
  signal: AbortSignal,
): () => boolean {
  const { canvas } = chart
  let fromX: number | null = null
  let hasDragged = false
  const rangeTo = (x: number): [number, number] => {
    const [one, other] = [stepAt(chart, fromX ?? x), stepAt(chart, x)]
    return [Math.min(one, other), Math.max(one, other)]
  }
  const begin = ({ offsetX, button, pointerType, pointerId }: PointerEvent): void => {
    // A finger scrolls the page.
    if (button !== 0 || pointerType === 'touch') return
    // A drag may end outside the chart: then it goes to the chart's edge.
    canvas.setPointerCapture(pointerId)
    fromX = offsetX
    hasDragged = false
  }
  const move = ({ offsetX }: PointerEvent): void => {
    if (fromX === null || Math.abs(offsetX - fromX) < LEAST_PX) return
    hasDragged = true
    showSelection(chart, place, rangeTo(offsetX))
  }
  const leave = (): void => {
    fromX = null
    showSelection(chart, place, null)
  }
  const end = ({ offsetX }: PointerEvent): void => {
    if (fromX === null) return
    const range = rangeTo(offsetX)
    leave()
    if (hasDragged) openRange(numbers, ...range)
  }
  const listeners = { pointerdown: begin, pointermove: move, pointerup: end, pointercancel: leave }
  for (const [name, listener] of Object.entries(listeners))
    canvas.addEventListener(name, listener as EventListener, { signal })
  return () => hasDragged
}
