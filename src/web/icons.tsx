/** Line icons on a grid of 16, drawn with the current colour. */
const PATHS = {
  overview: 'M2 13.5V8m4 5.5v-9m4 9V6.5m4 7v-11',
  logs: 'M2.5 4h11m-11 4h11m-11 4h7',
  sessions: 'M2.5 3.5h8v6h-5l-3 2.5zM12.5 6.5h1v6.5l-2.5-2H7.5',
  limits: 'M2.5 11a5.5 5.5 0 1 1 11 0M8 11l2.5-3.5',
  alerts: 'M4 11V7a4 4 0 1 1 8 0v4l1 1.5H3zM7 14.5h2',
  bill: 'M3.5 2.5h9v11.5l-2.25-1.5L8 14l-2.25-1.5L3.5 14zM6 6h4M6 9h4',
  integrate: 'M5.5 5 2.5 8l3 3m5-6 3 3-3 3M9 3.5l-2 9',
  settings: 'M2.5 5h6m3 0h2m-11 6h2m3 0h6M10 3.25v3.5m-4 2.5v3.5',
  health: 'M2 8h3l1.5-4 3 8L11 8h3',
  search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9m3.25-1.25L13.5 13.5',
  menu: 'M2.5 4.5h11m-11 3.5h11m-11 3.5h11',
} as const

export type IconName = keyof typeof PATHS

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  )
}
