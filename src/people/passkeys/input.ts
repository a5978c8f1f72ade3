import * as z from 'zod'
import { nameInput } from '../../http/input-text.ts'
import type { readAuthentication, readRegistration } from './ceremony.ts'

const name = nameInput('give the passkey a name', 60).min(1, 'give the passkey a name')
const credential = z.looseObject({
  id: z.string().min(1).max(2000),
  response: z.looseObject({ clientDataJSON: z.string().max(20_000) }),
})

/** Checks only the outline; the library checks the contents. */
export const newPasskey = z.object({
  name,
  response: credential as unknown as z.ZodType<Parameters<typeof readRegistration>[2]>,
})
export const signingIn = z.object({
  response: credential as unknown as z.ZodType<Parameters<typeof readAuthentication>[2]>,
})
export const renaming = z.object({ name })

/** The challenge that a response claims to answer. The caller checks it against those that were issued. */
export function challengeOf(clientDataJson: string): string {
  try {
    const bytes = Uint8Array.fromBase64(clientDataJson, { alphabet: 'base64url' })
    const data = JSON.parse(new TextDecoder().decode(bytes)) as { challenge?: unknown }
    return typeof data.challenge === 'string' ? data.challenge : ''
  } catch {
    return ''
  }
}
