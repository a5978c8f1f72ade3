import '../provided.ts'
import type { TestProject } from 'vitest/node'
import { startReceiver } from '../receiver/server.ts'
import { startManagement } from './management.ts'
import { startXai } from './server.ts'

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [xai, receiver, management] = [
    await startXai(),
    await startReceiver(),
    await startManagement(),
  ]
  project.provide('xaiUrl', xai.url)
  project.provide('receiverUrl', receiver.url)
  project.provide('managementUrl', management.url)
  return async () => {
    await Promise.all([xai.close(), receiver.close(), management.close()])
  }
}
