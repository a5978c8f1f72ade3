import { expect, test } from 'vitest'
import { freePort } from '../free-port.ts'
import { soak } from './soak.ts'

// The short form of `npm run soak`, which sends 2,000.
test(
  'storage fails in turn and the Worker is killed: no answer breaks, and every request is one row',
  { timeout: 240_000 },
  async () => {
    const result = await soak({
      requests: 120,
      atOnce: 20,
      sink: 'd1',
      port: await freePort(),
      log: () => {},
    })
    console.log('soak', result)
    const { entries, seen, killed } = result
    expect(result).toMatchObject({ broken: 0, missing: [], twice: [], unseen: [], killed: 20 })
    expect(result.outcomes).toEqual({ complete: seen - killed, lost: killed })
    expect(entries).toMatchObject({ accepted: seen, written: seen, waiting: 0, dead: 0, lost: 0 })
  },
)
