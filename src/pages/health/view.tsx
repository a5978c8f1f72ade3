import type { ChannelInfo } from '../../alerts/channels/present.ts'
import { driftWords, type PriceState } from '../../pricing/fetched-prices.ts'
import { age, bytes, count } from '../../http/format.ts'
import { Layout, Note, type Viewer } from '../../web/layout.tsx'
import { FULL_SHARE } from '../../ledger/retention/day.ts'
import type { PresentedLedger } from '../../reports/health/ledger.ts'
import { DoctorForm } from './doctor-view.tsx'
import { Plan } from './plan-card.tsx'
import type { Use } from '../../reports/capacity/capacity.ts'
import { Prices } from './prices-card.tsx'
import { MasterKeys } from './master-keys.tsx'
import type { MasterKeyState } from '../../credentials/seal/job.ts'
import type { Check } from '../../reports/health/checks.ts'

export interface HealthProps {
  viewer: Viewer
  checks: Readonly<Record<string, Check>>
  /** Null: a database does not respond. */
  ledger: PresentedLedger | null
  /** Null: KV does not respond. */
  prices: PriceState | null
  /** Null: `MASTER_KEYS` or the database cannot be read. */
  masterKeys: MasterKeyState | null
  /** Channels of the viewer's account. */
  failingChannels: readonly ChannelInfo[]
  /** What the last day used of the plan, the nearest limit first. Null: not known. */
  uses: readonly Use[] | null
}

export function HealthPage(props: HealthProps) {
  const { viewer, checks, ledger, prices, masterKeys, failingChannels, uses } = props
  const drifting = prices?.drifting ?? []
  const failing = Object.entries(checks).filter(([, check]) => !check.ok)
  const missing = Object.entries(checks).filter(([, check]) => check.missing !== null)
  return (
    <Layout title="Health" viewer={viewer} path="/health">
      <h1>Health</h1>
      <p class="lead">The state of this deployment, and whether any rows are missing.</p>
      {failing.map(([name, check]) => (
        <Note kind="bad">
          {name}: {check.problem}
        </Note>
      ))}
      {missing.map(([name, check]) => (
        <Note kind="bad">
          {name}: not in this deployment. {check.missing}
        </Note>
      ))}
      {ledger?.conditions.map(({ text }) => (
        <Note kind="bad">{text}</Note>
      ))}
      {drifting.map((one) => (
        <Note kind="bad">{driftWords(one)}.</Note>
      ))}
      {failingChannels.map(({ id, name, failures, lastError }) => (
        <Note kind="bad">
          The channel <a href={`/alerts/channels/${id}`}>{name}</a> fails: {failures} attempts in a
          row, the last with “{lastError}”.
        </Note>
      ))}
      {failing.length + missing.length + failingChannels.length + drifting.length === 0 &&
        ledger?.conditions.length === 0 && (
          <Note kind="good">All checks pass, and no rows are missing.</Note>
        )}
      <DoctorForm />
      {ledger && <Entries ledger={ledger} />}
      {ledger && <Room ledger={ledger} />}
      {ledger && uses && <Plan uses={uses} room={ledger.room} />}
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
        <h2 id="entries-title">Ledger reconciliation</h2>
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
          <dt>Oldest waiting row</dt>
          <dd>{oldestUnwritten ? `${age(oldestUnwritten.ageMs)} ago` : 'none'}</dd>
        </div>
        <div>
          <dt>Messages in the queue</dt>
          <dd>{queue ? count(queue.messages) : 'unknown'}</dd>
        </div>
        <div>
          <dt>Retried rows</dt>
          <dd>{count(entries.retried)}</dd>
        </div>
        <div>
          <dt>Long-running requests</dt>
          <dd>
            {count(open.requests)}
            {open.oldest && `, the oldest running for ${age(open.oldest.ageMs)}`}
          </dd>
        </div>
      </dl>
      <p class="hint">
        Accepted: requests that ended and need a row. Written: rows in the ledger. Waiting: rows not
        written yet. Dead: rows that cannot be written, kept with the reason until you replay them.
        Lost: rows that D1, the queue and KV did not take, so that only the Worker’s log has them,
        and rows that the queue lost.
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
        <h2 id="room-title">Storage</h2>
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
  const rate = `At the rate of the last day (${count(requestsADay)} requests),`
  if (isEnough)
    return `${rate} the ledger has enough space: rows reach the end of their retention before it is full.`
  if (daysLeft !== null)
    return `${rate} the ledger has space for ${count(daysLeft)} more days. After that, the oldest rows are deleted early.`
  return 'An estimate of the remaining days needs at least 1,000 requests, with some in the last day.'
}

function Checks({ checks }: { checks: HealthProps['checks'] }) {
  return (
    <section class="card" aria-labelledby="checks-title">
      <header>
        <h2 id="checks-title">Bindings and settings</h2>
      </header>
      <ul class="rows">
        {Object.entries(checks).map(([name, check]) => (
          <li hidden={name === 'SETUP_CODE' && check.ok}>
            <code>{name}</code>
            <span class={check.ok && check.missing === null ? 'good' : 'bad'}>
              {check.missing === null ? (check.problem ?? 'works') : 'not bound'}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}
