import { writeFile } from 'node:fs/promises'
import { command } from '../../src/cli/command.ts'

const USAGE = `npm run api-types
  Writes the types of the API's OpenAPI document, which the test of a generated client uses.`

await command({ usage: USAGE }, async () => {
  const { generateTypes, TYPES_FILE } = await import('./generate.ts')
  await writeFile(TYPES_FILE, await generateTypes())
})
