import '../provided.ts'
import type { TestProject } from 'vitest/node'
import { startXai } from './server.ts'

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const xai = await startXai()
  project.provide('xaiUrl', xai.url)
  return xai.close
}
