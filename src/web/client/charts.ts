import {
  type ChartOptions,
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
} from 'chart.js'
import { listenForBrush, showSelection } from './chart/brush.ts'
import { save, toCsv, toPng } from './chart/files.ts'
import { listenForKeys } from './chart/keys.ts'
import { colour, datasetOf, tickOf, tooltipOf } from './chart/style.ts'
import { follow, readNumbers, type Numbers } from './chart/table.ts'
import { UNITS } from './chart/units.ts'
import { writeTimes } from './times.ts'

Chart.register(BarController, BarElement, CategoryScale, Legend, LinearScale, Tooltip)
Chart.register(LineController, LineElement, PointElement)

const REFRESH_MS = 60_000
const drawn: Chart[] = []
/** Ends what listens to the charts as they are drawn now. */
let redraw = new AbortController()

/** What a click on a bar, and a look at one, does. */
const doorsOf = (
  { rows }: Numbers,
  hasDragged: () => boolean,
): Pick<ChartOptions, 'onClick' | 'onHover'> => ({
  onClick: ({ native }, _elements, chart) => {
    if (native === null || hasDragged()) return
    const mode = { intersect: true }
    const [hit] = chart.getElementsAtEventForMode(native, 'nearest', mode, true)
    if (hit) follow(rows[hit.index]?.cells[hit.datasetIndex + 1], rows[hit.index]?.cells[0])
  },
  onHover: (_event, elements, { canvas }) => {
    canvas.style.cursor = elements.length > 0 ? 'pointer' : 'crosshair'
  },
})

const never = (): boolean => false

/** Draws a chart from the table that its `data-chart` names. */
function draw(place: HTMLElement): void {
  const table = document.querySelector<HTMLTableElement>(`#${place.dataset['chart'] ?? ''}`)
  const canvas = place.querySelector('canvas')
  if (table === null || canvas === null) return
  const numbers = readNumbers(table)
  const write = UNITS[place.dataset['unit'] ?? ''] ?? String
  const kind = place.dataset['kind'] === 'line' ? 'line' : 'bar'
  const stacked = kind === 'bar'
  const [text, line] = [colour('--text-2'), colour('--line')]
  let hasDragged = never
  const chart = new Chart(canvas, {
    type: kind,
    data: {
      labels: [...numbers.labels],
      datasets: numbers.columns.map((column, index) =>
        datasetOf(column, index, kind, numbers.partial),
      ),
    },
    options: {
      ...doorsOf(numbers, () => hasDragged()),
      animation: false,
      maintainAspectRatio: false,
      interaction: { mode: 'index', intersect: false },
      scales: {
        x: {
          stacked,
          ticks: { color: text, maxRotation: 0, autoSkipPadding: 12, callback: tickOf(numbers) },
          grid: { display: false },
        },
        y: {
          stacked,
          beginAtZero: true,
          ticks: { color: text, callback: (value) => write(Number(value)) },
          grid: { color: line },
        },
      },
      plugins: {
        legend: {
          position: 'bottom',
          labels: { color: text, boxWidth: 12 },
          onClick: (_event, { datasetIndex }) => follow(numbers.columns[datasetIndex ?? -1]?.head),
        },
        tooltip: tooltipOf(numbers, stacked, write),
      },
    },
  })
  drawn.push(chart)
  const { signal } = redraw
  hasDragged = listenForBrush(chart, place, numbers, signal)
  const select = (range: [number, number] | null): void => showSelection(chart, place, range)
  listenForKeys({ chart, numbers, write, select, signal })
  listenForFiles(chart, place, numbers)
}

function listenForFiles(chart: Chart, place: HTMLElement, numbers: Numbers): void {
  const name = `metrion-${place.dataset['chart']?.replace(/-numbers$/, '') ?? 'chart'}`
  const { signal } = redraw
  const onClick = (kind: string, act: () => void): void =>
    place.parentElement
      ?.querySelector(`[data-chart-file="${kind}"]`)
      ?.addEventListener('click', act, { signal })
  onClick('csv', () => save(new Blob([toCsv(numbers)], { type: 'text/csv' }), `${name}.csv`))
  onClick('png', () => {
    void toPng(chart, colour('--card')).then((file) => file && save(file, `${name}.png`))
  })
}

function drawAll(): void {
  redraw.abort()
  redraw = new AbortController()
  for (const chart of drawn.splice(0)) chart.destroy()
  for (const place of document.querySelectorAll<HTMLElement>('[data-chart]')) draw(place)
}

/** Replaces the content with a fresh copy of the page. Open `details` stay open. */
async function refresh(): Promise<void> {
  const response = await fetch(location.href).catch(() => null)
  if (response === null || !response.ok || response.redirected) return
  const parsed = new DOMParser().parseFromString(await response.text(), 'text/html')
  const [old, fresh] = [document, parsed].map((page) => page.querySelector('[data-refreshed]'))
  // Skip the refresh while an element inside has the focus, so that the focus is not lost.
  if (!old || !fresh || old.contains(document.activeElement)) return
  for (const { id } of old.querySelectorAll('details[open]'))
    fresh.querySelector(`#${id}`)?.setAttribute('open', '')
  writeTimes(fresh)
  old.replaceWith(document.importNode(fresh, true))
  drawAll()
}

drawAll()
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll)
setInterval(() => {
  if (document.visibilityState === 'visible') void refresh()
}, REFRESH_MS)
