import { Fact } from '../fact.tsx'
import { Money } from '../money.tsx'
import type { ManagementKey } from '../../billing/keys/store.ts'
import type { BillReport } from '../../billing/report.ts'
import { Layout, Note, type Viewer } from '../../web/layout.tsx'
import { CoverageTable } from './coverage-table.tsx'
import { GapsCard } from './gaps-card.tsx'
import { InvoiceCard } from './invoice-card.tsx'
import { PastCard } from './past-card.tsx'
import { day, dayUrl, headline, leftOutWords, modelUrl } from './words.ts'
import { When } from '../../web/when.tsx'

export interface BillProps {
  viewer: Viewer
  isOwner: boolean
  /** Null: none is saved. */
  saved: ManagementKey | null
  /** Null: without a key, or before the first reading. */
  report: BillReport | null
  days: number
}

export function BillPage(props: BillProps) {
  const { viewer, saved, report } = props
  return (
    <Layout title="Bill" viewer={viewer} path="/bill">
      <h1>Bill</h1>
      <p class="lead">
        What xAI billed, compared with the ledger. The ledger is never changed to match the bill:
        this page shows both.
      </p>
      {saved?.problem != null && (
        <Note kind="bad">xAI’s bill could not be read: {saved.problem}. Metrion tries again.</Note>
      )}
      {saved === null && <NoKey isOwner={props.isOwner} />}
      {saved !== null && report === null && saved.problem === null && (
        <Note kind="good">The key is saved. xAI’s bill is read within five minutes.</Note>
      )}
      {report && <Report {...props} report={report} />}
    </Layout>
  )
}

function NoKey({ isOwner }: Pick<BillProps, 'isOwner'>) {
  return (
    <section class="card" aria-label="Management key">
      <p>
        Metrion can prove its figures against what xAI really billed. That takes a management key of
        xAI, which reads the bill and sends no request.
      </p>
      <p>
        {isOwner ? (
          <a class="button" href="/settings/security#management-key">
            Save a management key
          </a>
        ) : (
          'An owner of the account can save one under Settings.'
        )}
      </p>
    </section>
  )
}

const PERIODS = [7, 30] as const

function Report(props: BillProps & { report: BillReport }) {
  const { report } = props
  return (
    <>
      <CoverageCard {...props} />
      {report.models.length > 0 && <GapsCard gaps={report.gaps} more={report.moreGaps} />}
      <CoverageTable
        title="By day (UTC)"
        id="days-title"
        name="Day"
        rows={report.days.map(({ key: dayMs, coverage }) => ({
          title: day(dayMs),
          url: dayUrl(dayMs),
          coverage,
        }))}
      />
      <CoverageTable
        title="By model"
        id="models-title"
        name="Model"
        rows={report.models.map(({ key: model, coverage, names }) => ({
          title: model === '' ? 'no model' : model,
          url: modelUrl(names, report),
          coverage,
        }))}
      />
      <PastCard past={report.past} />
      <InvoiceCard invoice={report.invoice} credit={report.credit} />
    </>
  )
}

function CoverageCard({ report, saved, days }: BillProps & { report: BillReport }) {
  const { total, fromMs, beforeMs } = report
  return (
    <section class="card" aria-labelledby="coverage-title">
      <header>
        <h2 id="coverage-title">{headline(total)}</h2>
        <nav class="choices" aria-label="Period">
          {PERIODS.map((one) => (
            <a href={`/bill?days=${one}`} aria-current={one === days ? 'page' : undefined}>
              {one} days
            </a>
          ))}
        </nav>
      </header>
      <dl class="facts">
        <Fact name="Billed by xAI">
          <Money ticks={total.billed} />
        </Fact>
        <Fact name="In the ledger">
          <Money ticks={total.ledger} />
        </Fact>
        <Fact name="Period (UTC)">
          {fromMs < beforeMs ? `${day(fromMs)} to ${day(beforeMs - 1)}` : 'no whole day yet'}
        </Fact>
        <Fact name="xAI’s bill read">
          {saved?.readAtMs == null ? 'never' : <When ms={saved.readAtMs} />}
        </Fact>
      </dl>
      <p class="hint">
        Requests with the stored key, by hour and model. xAI may count a request that crosses the
        hour in the next one; Metrion nets these two hours. Figures of the last days may still
        change: Metrion reads a week again every night.
      </p>
      {leftOutWords(report).map((text) => (
        <p class="hint">{text}</p>
      ))}
    </section>
  )
}
