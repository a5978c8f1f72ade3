import { asObject } from '../metering/counts.ts'

/** Members that name an object at xAI which somebody has made, wherever they stand in a body. */
const NAMING: ReadonlySet<string> = new Set([
  'previous_response_id',
  'file_id',
  'file_ids',
  'input_file_id',
])
// An escape may spell any of them: then it is in what stands before a colon.
const MAY_NAME = /previous_response_id|file_ids?"|"[^"\\]*\\u[0-9a-f]{4}[^"]*"\s*:/i
/** The ids of objects that a JSON body names, each once. What is no JSON names none. */
export function referencesIn(text: string): string[] {
  if (!MAY_NAME.test(text)) return []
  const found = new Set<string>()
  // A list of what is still to be looked at: bodies may be nested deeper than calls can be.
  const left: unknown[] = [parse(text)]
  while (left.length > 0) {
    const value = left.pop()
    if (Array.isArray(value)) {
      for (const item of value) left.push(item)
      continue
    }
    for (const [name, member] of Object.entries(asObject(value) ?? {})) {
      if (NAMING.has(name)) addIds(member, found)
      else if (typeof member === 'object') left.push(member)
    }
  }
  return [...found]
}

function addIds(member: unknown, found: Set<string>): void {
  for (const id of Array.isArray(member) ? (member as unknown[]) : [member])
    if (typeof id === 'string' && id !== '') found.add(id)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // xAI takes it for none either.
    return null
  }
}
