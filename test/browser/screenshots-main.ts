import { command } from '../../src/cli/command.ts'

const USAGE = `npm run screenshots -- [NAME …]
  Takes pictures of every page, light and dark, wide and narrow, into dist/screenshots. With names, only of pages whose
  names begin with one of them: npm run screenshots -- alerts bill`

await command({ usage: USAGE, most: Infinity }, async () => {
  await import('./screenshots.ts')
})
