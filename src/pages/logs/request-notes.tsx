import type { AsyncJobState } from '../../ledger/async-jobs/store.ts'
import { matchesAny } from '../../credentials/policy/glob.ts'
import { isDamaged } from '../../http/label.ts'
import { DAY_MS } from '../../http/time.ts'
import { age } from '../../http/format.ts'
import { Note } from '../../web/layout.tsx'
import type { RequestPageProps } from './props.ts'

type NotesProps = Pick<RequestPageProps, 'request' | 'work' | 'allowedModels' | 'nowMs'>

/** Notes about a request: lost characters, a redirected model, an async job. */
export function RequestNotes(props: NotesProps) {
  const { request, allowedModels } = props
  const isOutside =
    allowedModels !== null && request.model !== null && !matchesAny(allowedModels, request.model)
  return (
    <>
      {isDamaged(request.requester) && (
        <div id="label">
          <Note kind="bad">
            Some characters of the requester’s name were lost: the client did not send them as
            UTF-8. Percent-encode the value of <code>x-metrion-user</code>: use{' '}
            <code>encodeURIComponent(name)</code> in JavaScript or{' '}
            <code>urllib.parse.quote(name)</code> in Python.
          </Note>
        </div>
      )}
      {request.redirected && (
        <Note kind="bad">
          The request was for {request.requestedModel}, but {request.model} answered and is billed.
        </Note>
      )}
      {isOutside && (
        <Note kind="bad">
          {request.model} answered, which is not among the models of this token: its limit applies
          to the model that a request names.
        </Note>
      )}
      <WorkNote {...props} />
    </>
  )
}

const ASYNC_JOB_TITLES: Record<AsyncJobState['kind'], string> = {
  chat: 'deferred answer',
  image: 'image',
  video: 'video',
  batch: 'batch',
  response: 'rest of the answer',
}

/** The async job that the request started, and the request that has its bill. */
function WorkNote({ request, work, nowMs }: NotesProps) {
  if (work === null) return null
  const title = ASYNC_JOB_TITLES[work.kind]
  if (work.billedBy !== null)
    return (
      <p class="note good" role="status">
        The bill of the {title} came with <a href={`/logs/${work.billedBy}`}>another request</a>.
      </p>
    )
  if (work.kind === 'response')
    return (
      <p class="hint">
        xAI may have the {title}. The first request to <code>responses/{request.responseId}</code>{' '}
        through Metrion replaces the estimate with the bill.
      </p>
    )
  if (work.state === 'over') return <p class="hint">The {title} has ended without a bill.</p>
  const waitedMs = nowMs - Date.parse(request.at)
  const words = (
    <>
      The bill of the {title} has been outstanding for {age(waitedMs)}. It comes with the first
      request that fetches the result.
      {FETCHED.has(work.kind) &&
        request.mode === 'stored' &&
        ' If nobody fetches it, Metrion does.'}
    </>
  )
  return waitedMs > DAY_MS ? <Note kind="bad">{words}</Note> : <p class="hint sentence">{words}</p>
}

const FETCHED: ReadonlySet<AsyncJobState['kind']> = new Set(['video', 'batch'])
