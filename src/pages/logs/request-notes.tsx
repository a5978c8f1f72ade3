import type { AsyncJobState } from '../../ledger/async-jobs/store.ts'
import { isDamaged } from '../../http/label.ts'
import { DAY_MS } from '../../http/time.ts'
import { age } from '../../http/format.ts'
import { Note } from '../../web/layout.tsx'
import type { RequestPageProps } from './props.ts'

type NotesProps = Pick<RequestPageProps, 'request' | 'work' | 'nowMs'>

/** What somebody should know of a request, or do about it. */
export function RequestNotes(props: NotesProps) {
  const { request } = props
  return (
    <>
      {isDamaged(request.requester) && (
        <div id="label">
          <Note kind="bad">
            The requester’s name arrived with letters lost: the client sent them in an encoding that
            is not UTF-8. Percent-encode the value of <code>x-metrion-user</code>, as{' '}
            <code>encodeURIComponent(name)</code> in JavaScript and{' '}
            <code>urllib.parse.quote(name)</code> in Python do.
          </Note>
        </div>
      )}
      {request.redirected && (
        <Note kind="bad">
          {request.requestedModel} was asked for, and {request.model} answered and is billed.
        </Note>
      )}
      <WorkNote {...props} />
    </>
  )
}

const WORK_TITLES: Record<AsyncJobState['kind'], string> = {
  chat: 'deferred answer',
  image: 'image',
  video: 'video',
  batch: 'batch',
  response: 'rest of the answer',
}

/** What the request began, and where its bill is. */
function WorkNote({ request, work, nowMs }: NotesProps) {
  if (work === null) return null
  const title = WORK_TITLES[work.kind]
  if (work.billedBy !== null)
    return (
      <p class="note good" role="status">
        The bill of the {title} came with <a href={`/logs/${work.billedBy}`}>another request</a>.
      </p>
    )
  if (work.kind === 'response')
    return (
      <p class="hint">
        xAI may have the {title}: the first request to <code>responses/{request.responseId}</code>{' '}
        through Metrion brings its bill, in place of the estimate.
      </p>
    )
  if (work.state === 'over') return <p class="hint">The {title} is over, and brought no bill.</p>
  const waitedMs = nowMs - Date.parse(request.at)
  const words = (
    <>
      The bill of the {title} has been outstanding for {age(waitedMs)}. It comes with the first
      request that asks for the result.
      {FETCHED.has(work.kind) &&
        request.mode === 'stored' &&
        ' If there is none, Metrion fetches it.'}
    </>
  )
  return waitedMs > DAY_MS ? <Note kind="bad">{words}</Note> : <p class="hint sentence">{words}</p>
}

const FETCHED: ReadonlySet<AsyncJobState['kind']> = new Set(['video', 'batch'])
