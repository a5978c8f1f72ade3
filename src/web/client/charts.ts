import {
  type ChartDataset,
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

Chart.register(BarController, BarElement, CategoryScale, Legend, LinearScale, Tooltip)
Chart.register(LineController, LineElement, PointElement)

const REFRESH_MS = 60_000
const drawn: Chart[] = []

const colour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim()

const number = (value: number, digits: number): string =>
  value.toLocaleString('en-US', { maximumFractionDigits: digits })

/** Formats a value of each unit. */
const UNITS: Readonly<Record<string, (value: number) => string>> = {
  usd: (value) => `$${number(value, 10)}`,
  count: (value) => number(value, 0),
  ms: (value) => (value < 1_000 ? `${number(value, 2)} ms` : `${number(value / 1_000, 2)} s`),
}

type Values = (number | null)[]

const valuesOf = (rows: readonly HTMLTableRowElement[], column: number): Values =>
  rows.map((row) => {
    const value = row.cells[column + 1]?.dataset['value'] ?? ''
    return value === '' ? null : Number(value)
  })

/** A column as it is drawn. A limit is a broken line over the bars, not stacked on them. */
function datasetOf(
  label: string,
  data: Values,
  column: number,
  kind: 'bar' | 'line' | 'limit',
): ChartDataset<'bar' | 'line', Values> {
  const backgroundColor = colour(`--chart-${(column % 8) + 1}`)
  if (kind === 'bar') return { label, data, backgroundColor }
  if (kind === 'line')
    return {
      label,
      data,
      backgroundColor,
      borderColor: backgroundColor,
      borderWidth: 2,
      pointRadius: 2,
    }
  const borderColor = colour('--bad')
  const style = { borderColor, borderWidth: 1.5, borderDash: [6, 4], pointRadius: 0 }
  return { type: 'line', label, data, stack: 'limit', backgroundColor: 'transparent', ...style }
}

/** Opens the first link of these cells: a bar leads where its number in the table does. */
function follow(...cells: (HTMLElement | undefined)[]): void {
  for (const cell of cells) {
    const link = cell?.querySelector('a')
    if (!link) continue
    location.assign(link.href)
    return
  }
}

/** What a click on a bar, and a look at one, does. */
const doorsOf = (
  rows: readonly HTMLTableRowElement[],
): Pick<ChartOptions, 'onClick' | 'onHover'> => ({
  onClick: ({ native }, _elements, chart) => {
    if (native === null) return
    const mode = { intersect: true }
    const [hit] = chart.getElementsAtEventForMode(native, 'nearest', mode, true)
    if (hit) follow(rows[hit.index]?.cells[hit.datasetIndex + 1], rows[hit.index]?.cells[0])
  },
  onHover: (_event, elements, { canvas }) => {
    canvas.style.cursor = elements.length > 0 ? 'pointer' : 'default'
  },
})

/** Draws a chart from the table that its `data-chart` names. Bars are stacked. */
function draw(place: HTMLElement): void {
  const table = document.querySelector<HTMLTableElement>(`#${place.dataset['chart'] ?? ''}`)
  const canvas = place.querySelector('canvas')
  if (table === null || canvas === null) return
  const rows = [...table.tBodies].flatMap((body) => [...body.rows])
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])].slice(1)
  const isLine = (column: number): boolean => heads[column]?.dataset['line'] !== undefined
  const write = UNITS[place.dataset['unit'] ?? ''] ?? String
  const kind = place.dataset['kind'] === 'line' ? 'line' : 'bar'
  const stacked = kind === 'bar'
  const text = colour('--text-2')
  const line = colour('--line')
  drawn.push(
    new Chart(canvas, {
      type: kind,
      data: {
        labels: rows.map((row) => row.cells[0]?.textContent ?? ''),
        datasets: heads.map(({ textContent }, column) =>
          datasetOf(textContent, valuesOf(rows, column), column, isLine(column) ? 'limit' : kind),
        ),
      },
      options: {
        ...doorsOf(rows),
        animation: false,
        maintainAspectRatio: false,
        interaction: { mode: 'index', intersect: false },
        scales: {
          x: {
            stacked,
            ticks: { color: text, maxRotation: 0, autoSkipPadding: 12 },
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
            onClick: (_event, { datasetIndex }) => follow(heads[datasetIndex ?? -1]),
          },
          tooltip: {
            filter: ({ raw }) => Number(raw) > 0,
            callbacks: {
              label: ({ dataset, raw }) => `${dataset.label ?? ''}: ${write(raw as number)}`,
            },
          },
        },
      },
    }),
  )
}

function drawAll(): void {
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
  old.replaceWith(document.importNode(fresh, true))
  drawAll()
}

drawAll()
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll)
setInterval(() => {
  if (document.visibilityState === 'visible') void refresh()
}, REFRESH_MS)
