import * as z from 'zod'
import { personName } from '../accounts/input.ts'
import { newPasskey } from '../passkeys/input.ts'

/** What somebody calls themselves, before they have a passkey and with it. */
export const naming = z.object({ name: personName })
export const signingUp = newPasskey.extend({ name: personName })
