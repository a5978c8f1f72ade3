import * as z from 'zod'
import { TOKEN_SCOPES } from './token.ts'
import { nameInput } from '../../http/input-text.ts'

const tokenScope = z.enum(TOKEN_SCOPES, `use one of ${TOKEN_SCOPES.join(', ')}`)

export const newToken = z.object({
  name: nameInput('send a name for the token', 100).min(1, 'send a name for the token'),
  scope: tokenScope.default('inference'),
})

export const newScope = z.object({ scope: tokenScope })
