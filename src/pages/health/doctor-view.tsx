import type { Finding, FindingState } from '../../reports/health/doctor.ts'
import { Layout, Note, type Viewer } from '../../web/layout.tsx'
import { some } from '../../http/format.ts'

/** What is not tried each time the page opens. */
export function DoctorForm() {
  return (
    <section class="card" aria-labelledby="doctor-title">
      <header>
        <h2 id="doctor-title">Doctor</h2>
      </header>
      <p class="hint">
        Tries what this page does not try by itself: your xAI key at xAI (free), a message through
        each queue, the crons and the clock. It takes up to 15 seconds.
      </p>
      <form method="post" action="/health/doctor">
        <button class="plain" type="submit">
          Run the doctor
        </button>
      </form>
    </section>
  )
}

const STATES: Record<FindingState, { word: string; kind: 'good' | 'bad' | 'hint' }> = {
  ok: { word: 'OK', kind: 'good' },
  absent: { word: 'Not bound', kind: 'hint' },
  waiting: { word: 'Not known yet', kind: 'hint' },
  failed: { word: 'Failed', kind: 'bad' },
}

export function DoctorPage({ viewer, findings }: { viewer: Viewer; findings: readonly Finding[] }) {
  const failures = findings.filter(({ state }) => state === 'failed')
  return (
    <Layout title="Doctor" viewer={viewer} path="/health">
      <h1>Doctor</h1>
      <p class="lead">
        <a href="/health">Back to Health</a>
      </p>
      <Note kind={failures.length === 0 ? 'good' : 'bad'}>
        {failures.length === 0 ? 'No check failed.' : `${some(failures.length, 'check')} failed.`}
      </Note>
      <section class="card" aria-labelledby="findings-title">
        <header>
          <h2 id="findings-title">Checks</h2>
        </header>
        <ul class="rows">
          {findings.map(({ title, state, text, fix }) => (
            <li>
              <span>{title}</span>
              <span>
                <span class={STATES[state].kind}>{STATES[state].word}</span>: {text}
                {fix && <span class="hint"> {fix}</span>}
              </span>
            </li>
          ))}
        </ul>
      </section>
    </Layout>
  )
}
