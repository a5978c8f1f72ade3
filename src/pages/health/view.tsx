import { driftWords, type PriceState } from '../../pricing/fetched/state.ts'
import { age, bytes, count, when } from '../../http/format.ts'
import { Layout, Note, type Viewer } from '../../web/layout.tsx'
import { FULL_SHARE } from '../../ledger/retention/day.ts'
import type { PresentedLedger } from '../../reports/health/ledger.ts'
import { MasterKeys } from './master-keys.tsx'
import type { MasterKeyState } from '../../credentials/seal/job.ts'
import type { Check } from '../../reports/health/store.ts'

export interface HealthProps {
  viewer: Viewer
  checks: Readonly<Record<string, Check>>
  /** Null: a database does not answer. */
  ledger: PresentedLedger | null
  /** Null: KV does not answer. */
  prices: PriceState | null
  /** Null: the secret or the database cannot be read. */
  masterKeys: MasterKeyState | null
}

export function HealthPage({ viewer, checks, ledger, prices, masterKeys }: HealthProps) {
  const drifting = prices?.drifting ?? []
  const failing = Object.entries(checks).filter(([, check]) => !check.ok)
  return (
    <Layout title="Health" viewer={viewer} path="/health">
      <h1>Health</h1>
      <p class="lead">
        Of this deployment: whether all of it works, and whether anything is missing.
      </p>
      {failing.map(([name, check]) => (
        <Note kind="bad">
          {name}: {check.problem}
        </Note>
      ))}
      {ledger?.warnings.map((warning) => (
        <Note kind="bad">{warning}</Note>
      ))}
      {drifting.map((one) => (
        <Note kind="bad">{driftWords(one)}.</Note>
      ))}
      {failing.length === 0 && ledger?.warnings.length === 0 && drifting.length === 0 && (
        <Note kind="good">Everything answers, and no entry is missing.</Note>
      )}
      {ledger && <Entries ledger={ledger} />}
      {ledger && <Room ledger={ledger} />}
      {prices && <Prices prices={prices} />}
      {masterKeys && <MasterKeys state={masterKeys} />}
      <Checks checks={checks} />
    </Layout>
  )
}

function Entries({ ledger }: { ledger: PresentedLedger }) {
  const { entries, oldestUnwritten, open, queue } = ledger
  return (
    <section class="card" aria-labelledby="entries-title">
      <header>
        <h2 id="entries-title">Every entry, accounted for</h2>
      </header>
      <p class="sum">
        <Figure name="accepted" value={entries.accepted} /> =
        <Figure name="written" value={entries.written} /> +
        <Figure name="waiting" value={entries.waiting} /> +
        <Figure name="dead" value={entries.dead} /> +
        <Figure name="lost" value={entries.lost} />
      </p>
      <dl class="facts">
        <div>
          <dt>Oldest not written</dt>
          <dd>{oldestUnwritten ? `${age(oldestUnwritten.ageMs)} ago` : 'none'}</dd>
        </div>
        <div>
          <dt>In the queue</dt>
          <dd>{queue ? count(queue.messages) : 'not known'}</dd>
        </div>
        <div>
          <dt>Tried again</dt>
          <dd>{count(entries.retried)}</dd>
        </div>
        <div>
          <dt>Requests under way for long</dt>
          <dd>
            {count(open.requests)}
            {open.oldest && `, the oldest for ${age(open.oldest.ageMs)}`}
          </dd>
        </div>
      </dl>
      <p class="hint">
        Accepted: requests that have ended and have to be remembered. Waiting: on their way. Dead:
        kept aside with a reason, to be replayed. Lost: taken by neither D1 nor the queue nor KV,
        and found in the Worker’s log alone; or lost by the queue.
      </p>
    </section>
  )
}

function Figure({ name, value }: { name: string; value: number }) {
  return (
    <span>
      <strong>{count(value)}</strong> {name}
    </span>
  )
}

function Room({ ledger: { databases, room } }: { ledger: PresentedLedger }) {
  return (
    <section class="card" aria-labelledby="room-title">
      <header>
        <h2 id="room-title">Room</h2>
      </header>
      <ul class="rows">
        {Object.entries(databases).map(([name, { bytes: used, limitBytes }]) => (
          <li>
            <label for={`room-${name}`}>{name === 'DB' ? 'Accounts' : 'Ledger'}</label>
            <span>
              <meter
                id={`room-${name}`}
                min={0}
                max={limitBytes}
                high={limitBytes * FULL_SHARE}
                value={used}
              ></meter>{' '}
              {bytes(used)} of {bytes(limitBytes)}
            </span>
          </li>
        ))}
      </ul>
      <p class="hint">{roomWords(room)}</p>
    </section>
  )
}

function roomWords({ requestsADay, daysLeft, isEnough }: PresentedLedger['room']): string {
  const rate = `At the rate of the last day (${count(requestsADay)} requests)`
  if (isEnough) return `${rate} the ledger has room enough: rows go by their age before it is full.`
  if (daysLeft !== null)
    return `${rate} the ledger has room for ${count(daysLeft)} more days. Then its oldest rows go early.`
  return 'How long the room lasts can be told once there are a thousand requests, and some of the last day.'
}

function Prices({ prices }: { prices: PriceState }) {
  const { checkedAtMs, problem, models, images } = prices
  const fetched = Object.entries({ ...images, ...models })
  return (
    <section class="card" aria-labelledby="prices-title">
      <header>
        <h2 id="prices-title">Prices</h2>
      </header>
      <p>
        {checkedAtMs === null
          ? 'xAI’s own price list has not been read yet; a job does so every night.'
          : `xAI’s own price list was last read ${when(checkedAtMs)}.`}
        {problem !== null && ` The last attempt failed: ${problem}.`}
      </p>
      {fetched.length > 0 && (
        <>
          <p class="hint">It has differed from the table of this version, which gave way, for:</p>
          <ul class="rows">
            {fetched.map(([model, rows]) => (
              <li>
                <code>{model}</code> <span>since {rows.at(-1)?.from.slice(0, 10)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}

function Checks({ checks }: { checks: HealthProps['checks'] }) {
  return (
    <section class="card" aria-labelledby="checks-title">
      <header>
        <h2 id="checks-title">Bindings and settings</h2>
      </header>
      <ul class="rows">
        {Object.entries(checks).map(([name, check]) => (
          <li>
            <code>{name}</code>
            <span class={check.ok ? 'good' : 'bad'}>{check.ok ? 'works' : check.problem}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
