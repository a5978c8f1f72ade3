interface Target {
  kind: string
  title: string
  url: string
}

const MOST_SHOWN = 12
/** Of typing, before the server is asked. */
const PAUSE_MS = 150
const REQUEST_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/i

let palette: Palette | null = null

const open = (): void => (palette ??= new Palette()).open()

/** Opens the command palette: with its button, or with Ctrl-K (Cmd-K on a Mac). */
export function listenForPalette(): void {
  const button = document.querySelector<HTMLElement>('[data-palette]')
  if (button === null) return
  const key = button.querySelector('kbd')
  if (key && /mac|iphone|ipad/i.test(navigator.platform)) key.textContent = '⌘ K'
  button.addEventListener('click', open)
  document.addEventListener('keydown', (event) => {
    if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return
    if (event.shiftKey || event.altKey) return
    event.preventDefault()
    open()
  })
}

/** A dialog with a field and the targets that match it. https://www.w3.org/WAI/ARIA/apg/patterns/combobox/ */
class Palette {
  private readonly dialog = document.createElement('dialog')
  private readonly field = document.createElement('input')
  private readonly list = document.createElement('ul')
  private readonly nothing = document.createElement('p')
  private targets: readonly Target[] = []
  /** Whether `targets` has all names of the account. */
  private isComplete = true
  private pause: ReturnType<typeof setTimeout> | undefined
  private shown: readonly Target[] = []
  private chosen = 0

  constructor() {
    const { dialog, field, list, nothing } = this
    dialog.className = 'palette'
    dialog.setAttribute('aria-label', 'Search')
    list.id = 'palette-list'
    list.setAttribute('role', 'listbox')
    list.setAttribute('aria-label', 'Results')
    nothing.textContent = 'No page, requester, model or token has this name.'
    nothing.setAttribute('role', 'status')
    for (const [name, value] of Object.entries({
      type: 'text',
      role: 'combobox',
      placeholder: 'Page, requester, model, token or request ID',
      autocomplete: 'off',
      spellcheck: 'false',
      'aria-label': 'Search',
      'aria-controls': list.id,
    }))
      field.setAttribute(name, value)
    dialog.append(field, list, nothing)
    field.addEventListener('input', () => {
      this.show()
      clearTimeout(this.pause)
      if (!this.isComplete) this.pause = setTimeout(() => void this.loadNames(), PAUSE_MS)
    })
    field.addEventListener('keydown', (event) => this.onKey(event))
    list.addEventListener('click', ({ target }) => {
      const item = target instanceof Element ? target.closest('li') : null
      if (item) this.follow([...list.children].indexOf(item))
    })
    dialog.addEventListener('click', ({ target }) => {
      if (target === dialog) dialog.close()
    })
    document.body.append(dialog)
  }

  open(): void {
    if (this.dialog.open) return
    this.field.value = ''
    this.show()
    this.dialog.showModal()
    if (this.targets.length === 0) void this.load()
  }

  private async load(): Promise<void> {
    const found = await read<{ targets: Target[]; isComplete: boolean }>('/frame/palette')
    if (found === null) return
    this.targets = found.targets
    this.isComplete = found.isComplete
    this.show()
  }

  private async loadNames(): Promise<void> {
    const prefix = this.field.value.trim()
    const found = await read<Target[]>(`/frame/names?${new URLSearchParams({ prefix }).toString()}`)
    if (found === null || this.field.value.trim() !== prefix) return
    const known = new Set(this.targets.map(({ url }) => url))
    this.targets = [...this.targets, ...found.filter(({ url }) => !known.has(url))]
    this.show()
  }

  private show(): void {
    const asked = this.field.value.trim().toLowerCase()
    const matching = this.targets
      .filter(({ title }) => title.toLowerCase().includes(asked))
      .toSorted((one, other) => rank(one, asked) - rank(other, asked))
    const request = { kind: 'Request', title: asked, url: `/logs/${asked}` }
    this.shown = (REQUEST_ID.test(asked) ? [request, ...matching] : matching).slice(0, MOST_SHOWN)
    this.nothing.hidden = this.shown.length > 0 || this.targets.length === 0
    this.list.replaceChildren(...this.shown.map(toItem))
    this.list.hidden = this.shown.length === 0
    this.field.setAttribute('aria-expanded', String(this.shown.length > 0))
    this.choose(0)
  }

  private choose(index: number): void {
    this.chosen = Math.max(0, Math.min(index, this.shown.length - 1))
    for (const [at, item] of [...this.list.children].entries()) {
      item.setAttribute('aria-selected', String(at === this.chosen))
      if (at === this.chosen) item.scrollIntoView({ block: 'nearest' })
    }
    if (this.shown.length === 0) this.field.removeAttribute('aria-activedescendant')
    else this.field.setAttribute('aria-activedescendant', `palette-${this.chosen}`)
  }

  private onKey(event: KeyboardEvent): void {
    const steps: Partial<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 }
    const step = steps[event.key]
    if (step === undefined && event.key !== 'Enter') return
    event.preventDefault()
    if (step === undefined) this.follow(this.chosen)
    else this.choose(this.chosen + step)
  }

  private follow(index: number): void {
    const target = this.shown[index]
    if (target) location.assign(target.url)
  }
}

async function read<T>(url: string): Promise<T | null> {
  const response = await fetch(url).catch(() => null)
  if (response === null || !response.ok || response.redirected) return null
  return (await response.json()) as T
}

/** Names that begin with what was typed come first. */
const rank = ({ title }: Target, asked: string): number =>
  title.toLowerCase().startsWith(asked) ? 0 : 1

function toItem({ kind, title }: Target, index: number): HTMLElement {
  const item = document.createElement('li')
  item.id = `palette-${index}`
  item.setAttribute('role', 'option')
  for (const text of [title, kind]) {
    const part = document.createElement('span')
    part.textContent = text
    item.append(part)
  }
  return item
}
