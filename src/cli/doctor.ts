import { command } from './command.ts'
import { targetOf } from './d1.ts'
import { askDoctor, printFindings } from './doctor/ask.ts'
import { urlOf } from './address.ts'

const USAGE = `npm run doctor -- [--remote [--url https://…]]
  Checks a deployment and says what to do: bindings, secrets, migrations, crons, queue consumers, the saved
  xAI keys (a free call to xAI), the clocks. Without --remote: the one that npm start runs on this machine.
  --url   the address of the deployment; by default that of the last npm run deploy from this folder
  Exits with 1 if a check failed.`

const OPTIONS = { remote: { type: 'boolean' }, url: { type: 'string' } } as const

await command({ usage: USAGE, options: OPTIONS }, async ({ values }) => {
  const { remote = false } = values
  const url = await urlOf(values.url, remote)
  console.log(`Checking ${url} …\n`)
  const failures = printFindings(await askDoctor(url, targetOf(remote)))
  console.log(failures === 0 ? '\nNo check failed.' : `\n${failures} failed.`)
  return failures === 0 ? 0 : 1
})
