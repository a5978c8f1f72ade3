import '../provided.ts'
import type { TestProject } from 'vitest/node'
import { startReceiver } from '../receiver/server.ts'
import { startXai } from './server.ts'

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [xai, receiver] = [await startXai(), await startReceiver()]
  project.provide('xaiUrl', xai.url)
  project.provide('receiverUrl', receiver.url)
  return async () => {
    await Promise.all([xai.close(), receiver.close()])
  }
}
