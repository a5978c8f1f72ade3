import '../provided.ts'
import { appendFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startLocal } from '../../src/cli/local.ts'
import { localPaths } from '../../src/cli/paths.ts'
import { freePort } from '../free-port.ts'
import { unpackBrowser } from '../browser/browser.ts'
import { mintInvitations } from '../browser/invitations.ts'
import { startReceiver } from '../receiver/server.ts'
import { startManagement } from '../xai/management.ts'
import { startXai } from '../xai/server.ts'
import { signIn } from './operator.ts'

/** The Worker as `npm start` runs it, in front of the scripted xAI, with an account and a saved key. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stateDir = await mkdtemp(join(tmpdir(), 'metrion-e2e-'))
  const [xai, receiver, management] = [
    await startXai(),
    await startReceiver(),
    await startManagement(),
  ]
  await writeFile(join(stateDir, 'worker.log'), '')
  const worker = await startLocal({
    port: await freePort(),
    xaiBaseUrl: xai.url,
    vars: {
      SIGNUP: 'open',
      CHANNEL_TEST_ORIGINS: receiver.url,
      XAI_MANAGEMENT_URL: management.url,
    },
    ...localPaths(stateDir),
    onLog: (text) => appendFileSync(join(stateDir, 'worker.log'), text),
  })
  const operator = await signIn(worker.url, worker.code ?? '', 'Ada')
  project.provide('xaiUrl', xai.url)
  project.provide('receiverUrl', receiver.url)
  project.provide('managementUrl', management.url)
  project.provide('workerUrl', worker.url)
  project.provide('cookie', operator.cookie)
  project.provide('stateDir', stateDir)
  project.provide('workerPid', worker.pid)
  const isBrowser = project.name === 'browser'
  if (isBrowser) await unpackBrowser()
  project.provide('invitations', isBrowser ? await mintInvitations(stateDir) : {})
  return async () => {
    await worker.stop()
    await Promise.all([xai.close(), receiver.close(), management.close()])
    await rm(stateDir, { recursive: true, force: true })
  }
}
