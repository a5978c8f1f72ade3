// Starts a command of package.json. JavaScript, because an older Node cannot load the TypeScript of the command itself.
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const [file = ''] = process.argv.splice(2, 1)
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `Metrion needs Node 22.18 or newer, and this is ${process.versions.node}. Run npm ci, which installs a Node for this project alone, and start commands with npm run.`,
  )
  process.exit(1)
}
try {
  await import(pathToFileURL(resolve(file)).href)
} catch (error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND' || !/Cannot find package/.test(error.message))
    throw error
  console.error(`${error.message.split(' imported ')[0]}: run npm ci first.`)
  process.exit(1)
}
