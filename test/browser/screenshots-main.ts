import { readFile } from 'node:fs/promises'
import { command, UsageError } from '../../src/cli/command.ts'

const USAGE = `npm run screenshots -- [NAME …]
  Takes pictures of every page, light and dark, wide and narrow, into dist/screenshots. With names, only of pages whose
  names begin with one of them: npm run screenshots -- alerts bill`

const SOURCE = 'test/browser/screenshots.ts'

await command({ usage: USAGE, most: Infinity }, async ({ positionals }) => {
  const names = [...(await readFile(SOURCE, 'utf8')).matchAll(/shoot\('([^']+)'\)/g)].map(
    ([, name = '']) => name,
  )
  const unknown = positionals.find((word) => !names.some((name) => name.startsWith(word)))
  if (unknown !== undefined)
    throw new UsageError(`Cannot picture "${unknown}": the pages are ${names.join(', ')}`)
  await import('./screenshots.ts')
})
