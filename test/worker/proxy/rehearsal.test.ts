import { expect, test, vi } from 'vitest'
import { rehearse } from '../../../src/proxy/rehearsal.ts'

test('the rehearsal goes through to its end, and touches nothing', () => {
  const error = vi.spyOn(console, 'error')
  const touched = [
    vi.spyOn(globalThis, 'fetch'),
    vi.spyOn(globalThis, 'setTimeout'),
    vi.spyOn(crypto, 'getRandomValues'),
    vi.spyOn(crypto, 'randomUUID'),
    vi.spyOn(Date, 'now'),
  ]
  expect(rehearse()).toBe(true)
  expect(error).not.toHaveBeenCalled()
  for (const spy of touched) expect(spy).not.toHaveBeenCalled()
  vi.restoreAllMocks()
})
