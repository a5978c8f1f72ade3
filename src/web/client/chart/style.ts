import type { ChartDataset, ChartOptions } from 'chart.js'
import type { Column, Numbers } from './table.ts'

export const colour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim()

type Values = (number | null)[]
export type Kind = 'bar' | 'line'

/** Of a colour, for a step that is not over. */
const PALE = '70'

/** A column as it is drawn: bars are stacked; a limit is a broken line over them, the period before lies below. */
export function datasetOf(
  { title: label, drawn: how, values: data }: Column,
  index: number,
  kind: Kind,
  partial: number,
): ChartDataset<Kind, Values> {
  const own = colour(`--chart-${(index % 8) + 1}`)
  if (how === 'before')
    return {
      type: 'bar',
      label,
      data: [...data],
      stack: 'before',
      order: 10,
      grouped: false,
      backgroundColor: colour('--line'),
      categoryPercentage: 0.98,
      barPercentage: 0.98,
    }
  if (how === 'limit') {
    const borderColor = colour('--bad')
    const style = { borderColor, borderWidth: 1.5, borderDash: [6, 4], pointRadius: 0 }
    return {
      type: 'line',
      label,
      data: [...data],
      stack: 'limit',
      backgroundColor: 'transparent',
      ...style,
    }
  }
  if (kind === 'line')
    return {
      label,
      data: [...data],
      backgroundColor: own,
      borderColor: own,
      borderWidth: 2,
      pointRadius: 2,
    }
  const backgroundColor = data.map((_, at) => (at === partial ? own + PALE : own))
  return { label, data: [...data], backgroundColor, stack: 'values', order: 5 }
}

const HALF_DAY_MS = 43_200_000
const HOUR: Intl.DateTimeFormatOptions = { hour: 'numeric', minute: '2-digit' }
const DAY: Intl.DateTimeFormatOptions = { month: 'short', day: 'numeric' }

/** Ticks do not repeat what the range says: hours within a day, and the date where a day begins. */
export function tickOf({ labels, starts }: Numbers): (at: string | number) => string {
  const [first, second] = starts.map((start) => new Date(start ?? Number.NaN))
  const isShort = first && second && second.getTime() - first.getTime() < HALF_DAY_MS
  const [hour, day] = [HOUR, DAY].map((style) => new Intl.DateTimeFormat(undefined, style))
  return (at) => {
    const start = starts[Number(at)]
    if (!start) return labels[Number(at)] ?? ''
    const moment = new Date(start)
    const isMidnight = moment.getHours() === 0 && moment.getMinutes() === 0
    return (isShort && !isMidnight ? hour : day)?.format(moment) ?? ''
  }
}

type Tooltips = NonNullable<NonNullable<ChartOptions['plugins']>['tooltip']>

/** In the order of the stack, from its top, with the sum of the bars. */
export const tooltipOf = (
  { columns }: Numbers,
  stacked: boolean,
  write: (value: number) => string,
): Tooltips => ({
  filter: ({ raw }) => Number(raw) > 0,
  itemSort: (one, other) => (stacked ? other.datasetIndex - one.datasetIndex : 0),
  callbacks: {
    label: ({ dataset, raw }) => `${dataset.label ?? ''}: ${write(raw as number)}`,
    footer: (items) => {
      const parts = items.filter(({ datasetIndex }) => columns[datasetIndex]?.drawn === 'values')
      const sum = parts.reduce((all, { raw }) => all + Number(raw), 0)
      return stacked && parts.length > 1 ? `Total: ${write(sum)}` : ''
    },
  },
})
