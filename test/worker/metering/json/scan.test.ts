import { expect, test } from 'vitest'
import { JsonCollector } from '../../../../src/metering/json/collector.ts'
import { JsonMembers } from '../../../../src/metering/json/members.ts'
import { JsonScanner } from '../../../../src/metering/json/scan.ts'
import { cutAt } from '../../../xai/reply.ts'

const encoder = new TextEncoder()
const deaf = { open: () => {}, close: () => {}, key: () => {}, keyDepth: Number.POSITIVE_INFINITY }

function problem(parts: readonly Uint8Array[]): string | null {
  const scanner = new JsonScanner(deaf)
  try {
    for (const part of parts) scanner.push(part)
    scanner.end()
    return null
  } catch (error) {
    return (error as Error).message
  }
}

const TEXTS = [
  '{}',
  '[]',
  ' 1 ',
  '"é\\u00e9\\n"',
  '{"a":[1,2,{"b":"x"}],"c":null}',
  '-0.5e+10',
  '[[[]]]',
  '"😀"',
  '0',
  '-0',
  '1e5',
  '',
  '  ',
  '01',
  '1.',
  '.5',
  '+1',
  '-',
  '1e',
  'tru',
  'nul',
  'truex',
  '"abc',
  '"a\nb"',
  '"\\x"',
  '"\\u12g4"',
  '{"a"1}',
  '{"a":}',
  '{,}',
  '[1,]',
  '{"a":1,}',
  '{"a":1} x',
  '[1 2]',
  '{a:1}',
  '1 2',
  '{"a":1}}',
  ']',
  '[}',
  '{]',
]

test('accepts and refuses what JSON.parse does, wherever the text is cut', () => {
  for (const text of TEXTS) {
    let valid = true
    try {
      JSON.parse(text)
    } catch {
      valid = false
    }
    const bytes = encoder.encode(text)
    for (let at = 0; at <= bytes.length; at++) {
      expect({ text, at, valid: problem(cutAt(bytes, at)) === null }).toEqual({ text, at, valid })
    }
  }
})

test('says where a text is wrong', () => {
  expect(problem([encoder.encode('{"a": 1,\n "b" 2}')])).toBe(
    'expected ":" at line 2 column 6 (byte 14)',
  )
  expect(problem([encoder.encode('{"a": [1, 2')])).toBe(
    'the text ends too early at line 1 column 12 (byte 11)',
  )
  expect(problem([])).toBe('nothing there at line 1 column 1 (byte 0)')
})

test('refuses endless nesting', () => {
  expect(problem([encoder.encode('['.repeat(600))])).toContain('nested deeper than 512 levels')
})

test('finds wanted members one and two keys deep, byte by byte, and no others', () => {
  const found: unknown[] = []
  const members = new JsonMembers(new Set(['usage', 'response.usage', 'model']), {
    close: (path, text, offset) =>
      found.push([path, text && new TextDecoder().decode(text), offset]),
  })
  const text =
    '{"model":"x","response":{"id":1,"usage":{"a":[1,{"usage":3}]}},"choices":[{"usage":5}],"usage":7}'
  for (const byte of encoder.encode(text)) members.push(Uint8Array.of(byte))
  members.end()
  expect(found).toEqual([
    ['model', '"x"', 12],
    ['response.usage', '{"a":[1,{"usage":3}]}', 61],
    ['usage', '7', 96],
  ])
})

test('counts text but not images', () => {
  const members = new JsonMembers(new Set(), {})
  members.push(
    encoder.encode(`{"t":"hello","u":"data:image/png;base64,${'A'.repeat(1000)}","n":12345}`),
  )
  expect(members.textBytes).toBe(5)
})

test('a value that begins with an empty piece is kept whole', () => {
  const collector = new JsonCollector(new Set())
  for (const piece of ['', '{"a":', '1}']) {
    const read = encoder.encode(piece)
    collector.push(read)
    collector.retainCopy()
    read.fill(0)
  }
  expect(collector.end()).toEqual({ a: 1 })
})

test('picks what is wanted out of a value too large to be parsed whole', () => {
  const collector = new JsonCollector(new Set(['usage', 'model', 'response.id']))
  const text = JSON.stringify({
    model: 'm',
    junk: 'x'.repeat(300_000),
    response: { id: 'r' },
    usage: { a: 1 },
  })
  const bytes = encoder.encode(text)
  for (let at = 0; at < bytes.length; at += 1000) collector.push(bytes.subarray(at, at + 1000))
  expect(collector.end()).toEqual({ model: 'm', response: { id: 'r' }, usage: { a: 1 } })
})
