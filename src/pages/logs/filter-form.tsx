import type { Child } from 'hono/jsx'
import { MODES } from '../../ledger/columns.ts'
import { OUTCOMES } from '../../ledger/outcomes.ts'
import { COST_BASES } from '../../pricing/price.ts'
import { spaced } from '../../http/format.ts'
import { localTime } from '../../http/zone.ts'
import { LOG_COLUMNS } from './columns.tsx'
import { FLAGS, type FilterChipsProps } from './filter-chips.tsx'
import { RANGES } from '../dashboard/range.ts'
import { FIELD_TITLES, outcomeTitle } from './words.ts'

export interface FilterFormProps extends FilterChipsProps {
  choices: { models: readonly string[]; requesters: readonly string[] }
}

interface Choice {
  value: string
  title: string
}

const STATUSES = [
  '2xx',
  '4xx',
  '5xx',
  '400',
  '401',
  '403',
  '404',
  '429',
  '499',
  '500',
  '502',
  '503',
]
const SORT_CHOICES = Object.values(LOG_COLUMNS).flatMap((column): Choice[] =>
  'sort' in column && column.sort !== 'time' ? [{ value: column.sort, title: column.title }] : [],
)
const same = (values: readonly string[]): Choice[] =>
  values.map((value) => ({ value, title: spaced(value) }))

/** A plain GET form: the URL holds all filters, and no script is needed. */
export function FilterForm({ view, zone, choices, tokens }: FilterFormProps) {
  const ranges = Object.entries(RANGES).map(([value, title]) => ({ value, title }))
  const tokenChoices = tokens.map(({ id, name }) => ({ value: id, title: name }))
  return (
    <form class="filters card" method="get" action="/logs" role="search">
      <div class="fields">
        <Select name="range" view={view} choices={ranges} none="Any time" />
        <Typed name="model" view={view} list={choices.models} />
        <Typed name="requester" view={view} list={choices.requesters} />
        <Select name="token" view={view} choices={tokenChoices} />
        <Select name="status" view={view} choices={same(STATUSES)} />
        <Typed name="q" view={view} />
        <Select name="sort" view={view} choices={SORT_CHOICES} none="Time" />
      </div>
      <details open={RARE.some((name) => view.has(name))}>
        <summary>More filters</summary>
        <RareFields view={view} zone={zone} />
      </details>
      {view.has('columns') && (
        <input type="hidden" name="columns" value={view.get('columns') ?? ''} />
      )}
      {view.has('order') && <input type="hidden" name="order" value={view.get('order') ?? ''} />}
      <MoreValues view={view} />
      <div class="actions">
        <button type="submit">Apply</button>
        <a href="/logs">Clear filters</a>
      </div>
    </form>
  )
}

const RARE = [
  'from',
  'to',
  'session',
  'tag',
  'endpoint',
  'mode',
  'outcome',
  'errorCode',
  'costBasis',
  'costAbove',
  'slowerThanMs',
  'unlabelled',
  'modelless',
  'codeless',
  'requestedModel',
]

function RareFields({ view, zone }: { view: URLSearchParams; zone: string }) {
  const outcomes = OUTCOMES.map((value) => ({ value, title: outcomeTitle(value) }))
  return (
    <div class="fields">
      <Moment name="from" view={view} zone={zone} />
      <Moment name="to" view={view} zone={zone} />
      <Typed name="session" view={view} />
      <Typed name="tag" view={view} />
      <Typed name="requestedModel" view={view} />
      <Typed name="endpoint" view={view} />
      <Select name="mode" view={view} choices={same(MODES)} />
      <Select name="outcome" view={view} choices={outcomes} />
      <Typed name="errorCode" view={view} />
      <Select name="costBasis" view={view} choices={same(COST_BASES)} />
      <Typed name="costAbove" view={view} />
      <Typed name="slowerThanMs" view={view} />
      {FLAGS.map((name) => (
        <label class="check">
          <input type="checkbox" name={name} value="on" checked={view.has(name)} />
          {FIELD_TITLES[name]}
        </label>
      ))}
    </div>
  )
}

type FieldProps = { name: string; view: URLSearchParams }

function Field({ name, note, children }: { name: string; note?: string; children: Child }) {
  return (
    <div>
      <label for={`filter-${name}`}>
        {FIELD_TITLES[name]}
        {note}
      </label>
      {children}
    </div>
  )
}

function Select({
  name,
  view,
  choices,
  none = 'Any',
}: FieldProps & { choices: readonly Choice[]; none?: string }) {
  const chosen = view.get(name)
  const isListed = chosen === null || choices.some(({ value }) => value === chosen)
  return (
    <Field name={name}>
      <select id={`filter-${name}`} name={name}>
        <option value="">{none}</option>
        {!isListed && (
          <option value={chosen} selected>
            {chosen}
          </option>
        )}
        {choices.map(({ value, title }) => (
          <option value={value} selected={value === chosen}>
            {title}
          </option>
        ))}
      </select>
    </Field>
  )
}

function Typed({ name, view, list }: FieldProps & { list?: readonly string[] }) {
  const id = `filter-${name}`
  const listId = list && `${name}-choices`
  return (
    <Field name={name}>
      <input type="text" id={id} name={name} value={view.get(name) ?? ''} list={listId} />
      {list && (
        <datalist id={listId}>
          {list.map((value) => (
            <option value={value}></option>
          ))}
        </datalist>
      )}
    </Field>
  )
}

/** A time in the viewer's zone. An invalid value is shown unchanged. */
function Moment({ name, view, zone }: FieldProps & { zone: string }) {
  const typed = view.get(name) ?? ''
  const ms = Date.parse(typed)
  const value = Number.isNaN(ms) ? typed : localTime(ms, zone).replace(' ', 'T')
  return (
    <Field name={name} note={` (${zone})`}>
      <input type="datetime-local" id={`filter-${name}`} name={name} value={value} step={1} />
    </Field>
  )
}

/** Hidden fields for the second and later values of a filter, which the form has no fields for. */
function MoreValues({ view }: { view: URLSearchParams }) {
  const names = [...new Set(view.keys())]
  return (
    <>
      {names.flatMap((name) =>
        view
          .getAll(name)
          .slice(1)
          .map((value) => <input type="hidden" name={name} value={value} />),
      )}
    </>
  )
}
