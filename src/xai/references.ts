import { asObject } from '../metering/counts.ts'

/** Members, anywhere in a body, that name an object that was created at xAI. */
const NAMING: ReadonlySet<string> = new Set([
  'previous_response_id',
  'file_id',
  'file_ids',
  'input_file_id',
])
// A key may spell these names with \u escapes, so any key (a string before a colon) with one matches.
const MAY_NAME = /previous_response_id|file_ids?"|"[^"\\]*\\u[0-9a-f]{4}[^"]*"\s*:/i
/** The ids of objects that a JSON body names, each once. A body that is not JSON names none. */
export const referencesIn = (text: string): string[] =>
  MAY_NAME.test(text) ? textsIn(parse(text), NAMING) : []

const MODEL: ReadonlySet<string> = new Set(['model'])
/** The caller's own notes, which xAI does not act on. */
const NOTES: ReadonlySet<string> = new Set(['metadata'])

/** The models that a request within a batch names, at any depth. */
export const modelsIn = (request: unknown): string[] => textsIn(request, MODEL, NOTES)

const NOTHING: ReadonlySet<string> = new Set()

/** The texts of members with one of these names, anywhere in a value but in members to `skip`, each once. */
function textsIn(
  root: unknown,
  names: ReadonlySet<string>,
  skip: ReadonlySet<string> = NOTHING,
): string[] {
  const found = new Set<string>()
  // A list instead of recursion: bodies may be nested deeper than the call stack allows.
  const left: unknown[] = [root]
  while (left.length > 0) {
    const value = left.pop()
    if (Array.isArray(value)) {
      for (const item of value) left.push(item)
      continue
    }
    for (const [name, member] of Object.entries(asObject(value) ?? {})) {
      if (names.has(name)) addTexts(member, found)
      else if (typeof member === 'object' && !skip.has(name)) left.push(member)
    }
  }
  return [...found]
}

function addTexts(member: unknown, found: Set<string>): void {
  for (const text of Array.isArray(member) ? (member as unknown[]) : [member])
    if (typeof text === 'string' && text !== '') found.add(text)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // xAI does not accept it as JSON, either.
    return null
  }
}
