import { execFile } from 'node:child_process'
import { expect, inject, test } from 'vitest'
import { rowOf } from './operator.ts'
import { openai, operator, ways } from './world.ts'

function capacity(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, METRION_STATE: inject('stateDir') }
    const command = ['src/cli/run.mjs', 'src/cli/capacity.ts', ...args]
    execFile(process.execPath, command, { env }, (error, stdout, stderr) =>
      resolve({ code: error ? 1 : 0, output: stdout + stderr }),
    )
  })
}

test('the capacity is that of the ledger’s own traffic', { timeout: 60_000 }, async () => {
  const { proxied } = await ways(null)
  const { response } = await openai(proxied['stored']!)
    .chat.completions.create({ model: 'grok-4.3', messages: [{ role: 'user', content: 'Hi' }] })
    .withResponse()
  await rowOf(operator, response.headers.get('x-metrion-request-id') ?? '')
  const own = await capacity('--days', '1')
  expect(own.code).toBe(0)
  expect(own.output).toMatch(/^A day: [1-9][\d,]* requests; \d+% streamed with \d+ output tokens/)
  expect(own.output).toMatch(/Free, a day:[^]*Nearest limit: [^]*Paid[^]*About \$5\.00 a month/)

  const more = await capacity('--days', '1', '--requests', '1000000', '--plan', 'paid')
  expect(more.output).toContain('A day: 1,000,000 requests')
  expect(more.output).not.toContain('Free, a day')
  expect(Number(/About \$([\d.]+) a month/.exec(more.output)?.[1])).toBeGreaterThan(100)
})
