import { asObject } from '../metering/counts.ts'

/** Members that name an object at xAI which somebody has made, wherever they stand in a body. */
const NAMING: ReadonlySet<string> = new Set([
  'previous_response_id',
  'file_id',
  'file_ids',
  'input_file_id',
])
// An escape may spell any of them.
const MAY_NAME = /previous_response_id|file_ids?"|\\u/
/** More than a prompt has files. */
const MOST = 100

/** The ids of objects that a JSON body names. What is no JSON names none. */
export function referencesIn(text: string): string[] {
  if (!MAY_NAME.test(text)) return []
  const found = new Set<string>()
  try {
    collect(JSON.parse(text), found)
  } catch {
    // xAI takes it for none either.
  }
  return [...found].slice(0, MOST)
}

function collect(value: unknown, found: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, found)
    return
  }
  for (const [name, member] of Object.entries(asObject(value) ?? {})) {
    if (NAMING.has(name)) {
      for (const id of Array.isArray(member) ? (member as unknown[]) : [member])
        if (typeof id === 'string' && id !== '') found.add(id)
    } else if (typeof member === 'object') collect(member, found)
  }
}
