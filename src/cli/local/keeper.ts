// Runs `wrangler dev` for a parent, and ends it when the parent is gone: also when the parent was killed outright.
import { spawn } from 'node:child_process'

const GENTLE_MS = 3_000

// The parent starts this in a process group of its own, which wrangler and workerd share.
let isEnding = false
function endGroup(): void {
  if (isEnding) return
  isEnding = true
  process.kill(0, 'SIGTERM')
  setTimeout(() => process.kill(0, 'SIGKILL'), GENTLE_MS)
}
process.on('SIGTERM', endGroup)

const child = spawn('wrangler', process.argv.slice(2), {
  stdio: ['ignore', 'inherit', 'inherit'],
})
child.once('error', (error) => {
  console.error(`Cannot run wrangler (${error.message}): run npm ci first`)
  process.exit(1)
})
child.once('close', (code) => {
  // workerd may outlive wrangler.
  if (!isEnding) process.exit(code ?? 1)
  process.kill(0, 'SIGKILL')
})

// Nothing is ever written to it: it ends with the parent.
process.stdin.resume()
process.stdin.once('end', endGroup)
