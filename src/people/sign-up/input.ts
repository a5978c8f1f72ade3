import * as z from 'zod'
import { personName } from '../accounts/input.ts'
import { newPasskey } from '../passkeys/input.ts'

/** The name of a new member, before the passkey exists (`naming`) and with it (`signingUp`). */
export const naming = z.object({ name: personName })
export const signingUp = newPasskey.extend({ name: personName })
