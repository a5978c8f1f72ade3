import '../provided.ts'
import { appendFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { localPaths, startLocal } from '../../src/cli/local.ts'
import { startXai } from '../xai/server.ts'
import { signIn } from './operator.ts'

/** The Worker as `npm start` runs it, in front of the scripted xAI, with an account and a saved key. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stateDir = await mkdtemp(join(tmpdir(), 'metrion-e2e-'))
  const xai = await startXai()
  await writeFile(join(stateDir, 'worker.log'), '')
  const worker = await startLocal({
    port: await freePort(),
    xaiBaseUrl: xai.url,
    ...localPaths(stateDir),
    onLog: (text) => appendFileSync(join(stateDir, 'worker.log'), text),
  })
  const operator = await signIn(worker.url, worker.code ?? '', 'Ada')
  project.provide('xaiUrl', xai.url)
  project.provide('workerUrl', worker.url)
  project.provide('cookie', operator.cookie)
  project.provide('stateDir', stateDir)
  project.provide('workerPid', worker.pid)
  return async () => {
    await worker.stop()
    await xai.close()
    await rm(stateDir, { recursive: true, force: true })
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
