import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { freePort } from '../free-port.ts'

interface Started {
  child: ChildProcess
  output: () => string
  ended: Promise<number | null>
}

/** `npm start`, as a person's shell runs it. */
function start(state: string, port: number): Started {
  // The tests' own key would go before that of the state folder.
  const { MASTER_KEYS: _, ...env } = process.env
  const child = spawn(process.execPath, ['src/cli/run.mjs', 'src/cli/start.ts'], {
    env: {
      ...env,
      PORT: String(port),
      METRION_STATE: state,
      XAI_BASE_URL: inject('xaiUrl'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (data: Buffer) => void (output += data.toString()))
  child.stderr.on('data', (data: Buffer) => void (output += data.toString()))
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  return { child, output: () => output, ended }
}

const newState = (): Promise<string> => mkdtemp(join(tmpdir(), 'metrion-start-'))

const answers = (port: number): Promise<boolean> =>
  fetch(`http://localhost:${port}/healthz`).then(
    () => true,
    () => false,
  )

/** What `npm start` says when it gives up. */
async function refusal(state: string, port: number): Promise<string> {
  const { ended, output } = start(state, port)
  expect(await ended).toBe(1)
  expect(output()).not.toMatch(/^\s+at /m)
  return output()
}

test('a port in use is said in a sentence', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  expect(await refusal(await newState(), port)).toMatch(
    new RegExp(`Cannot listen on port ${port}: another program uses it; .*PORT=`),
  )
  server.close()
})

test(
  'killed outright, it leaves no Worker; a second one, a wrong key and a corrupt state are said',
  { timeout: 120_000 },
  async () => {
    const [state, port] = [await newState(), await freePort()]
    const first = start(state, port)
    await expect.poll(first.output, { timeout: 60_000 }).toContain('Metrion is running on')

    const second = await refusal(state, await freePort())
    expect(second).toContain(`already running on the state folder ${state}, at http://localhost:`)
    expect(await answers(port)).toBe(true)

    first.child.kill('SIGKILL')
    await first.ended
    await expect.poll(() => answers(port), { timeout: 20_000 }).toBe(false)

    const secrets = join(state, '.dev.vars')
    const right = await readFile(secrets, 'utf8')
    await writeFile(secrets, `MASTER_KEYS=1:${Buffer.alloc(32, 7).toString('base64')}\n`)
    const wrong = await refusal(state, port)
    expect(wrong).toContain('Secret MASTER_KEYS does not work. Set the secret to its former value')
    await writeFile(secrets, right)

    const folder = join(state, 'v3/d1/miniflare-D1DatabaseObject')
    const files = (await readdir(folder)).filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name))
    for (const name of files) await writeFile(join(folder, name), 'no database at all'.repeat(500))
    // The log may have all of it, too.
    for (const name of files)
      for (const ending of ['-wal', '-shm'])
        await rm(`${join(folder, name)}${ending}`, { force: true })
    expect(await refusal(state, port)).toContain('A database in the state folder is corrupt')
  },
)
