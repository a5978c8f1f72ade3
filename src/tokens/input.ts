import * as z from 'zod'
import { nameInput } from '../input-text.ts'

export const newToken = z.object({
  name: nameInput('send a name for the token', 100).min(1, 'send a name for the token'),
})
