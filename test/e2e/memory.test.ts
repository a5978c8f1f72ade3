import { execFileSync } from 'node:child_process'
import { expect, inject, test } from 'vitest'
import { script, seenBy } from '../xai/client.ts'
import { PLAIN } from '../xai/recordings.ts'
import { json, stream, typedEvents } from '../xai/reply.ts'
import { RESPONSE, RESPONSE_EVENTS, terminal } from '../xai/responses.ts'
import { rowOf } from './operator.ts'
import { operator, token, workerUrl, xaiUrl } from './world.ts'

const MB = 1_000_000

/** Memory of the Worker's processes, in MB. */
function residentMb(): number {
  const lines = execFileSync('ps', [
    '-o',
    'rss=,comm=',
    '-g',
    String(inject('workerPid')),
  ]).toString()
  const workerd = lines.split('\n').filter((line) => line.includes('workerd'))
  return workerd.reduce((sum, line) => sum + Number.parseInt(line, 10) / 1000, 0)
}

/** A request with images of so many bytes in it, made while it is sent. */
function* bodyOf(bytes: number): Generator<Uint8Array> {
  const encoder = new TextEncoder()
  yield encoder.encode(
    '{"model":"grok-4.3","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,',
  )
  for (let sent = 0; sent < bytes; sent += 65_536) yield encoder.encode('A'.repeat(65_536))
  yield encoder.encode('"}}]}],"stream":false}')
}

test('twenty terminal events of 8 MB stream through at once while the Worker’s memory stays flat', async () => {
  const image = { type: 'image_generation_call', result: 'A'.repeat(8 * MB), status: 'completed' }
  const last = terminal('completed', { output: [...RESPONSE.output, image] })
  const [event = ''] = typedEvents([last])
  // As a network cuts it.
  const pieces = event.match(/[^]{1,65536}/g) ?? []
  const id = await script(xaiUrl, stream([...typedEvents(RESPONSE_EVENTS), ...pieces]))
  const send = async (): Promise<[row: string, bytes: number]> => {
    const response = await fetch(`${workerUrl}/api/proxy/grok/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'x-grok-conv-id': id },
      body: '{"model":"grok-4.3","input":"Draw","stream":true}',
    })
    let bytes = 0
    for await (const chunk of response.body ?? []) bytes += chunk.length
    return [response.headers.get('x-metrion-request-id') ?? '', bytes]
  }
  await send()
  const before = residentMb()
  let peak = before
  const timer = setInterval(() => (peak = Math.max(peak, residentMb())), 50)
  const answers = await Promise.all(Array.from({ length: 20 }, send))
  clearInterval(timer)
  for (const [row, bytes] of answers) {
    expect(bytes).toBeGreaterThan(8 * MB)
    expect(await rowOf(operator, row)).toMatchObject({
      outcome: 'complete',
      costBasis: 'reported',
      costTicks: 2_971_500,
    })
  }
  console.log(
    `workerd: ${before.toFixed(0)} MB before, ${peak.toFixed(0)} MB at most while 160 MB passed`,
  )
  expect(peak - before).toBeLessThan(150)
})

test('six bodies of 30 MB stream through at once while the Worker’s memory stays flat', async () => {
  const id = await script(xaiUrl, json(PLAIN))
  const send = async (bytes: number): Promise<unknown> => {
    const response = await fetch(`${workerUrl}/api/proxy/grok/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'x-grok-conv-id': id,
      },
      body: ReadableStream.from(bodyOf(bytes)),
      duplex: 'half',
    })
    return response.json()
  }
  await send(30 * MB)
  const before = residentMb()
  expect(before).toBeGreaterThan(10)
  let peak = before
  const timer = setInterval(() => (peak = Math.max(peak, residentMb())), 50)
  const answers = await Promise.all(Array.from({ length: 6 }, () => send(30 * MB)))
  clearInterval(timer)
  expect(answers).toEqual(Array.from({ length: 6 }, () => PLAIN))
  for (const seen of await seenBy(xaiUrl, id)) expect(seen).toMatchObject({ bodyWhole: true })
  console.log(
    `workerd: ${before.toFixed(0)} MB before, ${peak.toFixed(0)} MB at most while 180 MB passed`,
  )
  expect(peak - before).toBeLessThan(120)
})
