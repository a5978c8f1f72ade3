import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { CRONS } from '../../src/ledger/crons.ts'
import { POINT_LAYOUT } from '../../src/ledger/point.ts'

test('the page tells every position of an Analytics Engine point', async () => {
  const readme = await readFile('docs/analytics-engine.md', 'utf8')
  for (const [kind, names] of Object.entries(POINT_LAYOUT)) {
    const told = [...readme.matchAll(new RegExp(`\`${kind}(\\d+)\` +\\| +(\\w+)`, 'g'))]
    expect(told.map((match) => Number(match[1]))).toEqual(names.map((_, index) => index + 1))
  }
  const words = readme.replaceAll(/\W+/g, ' ')
  // In the order of the layout: a swapped pair would make every reader's query wrong.
  expect(words).toContain(
    'blob1 id blob2 token blob3 requester blob4 endpoint blob5 mode blob6 model blob7 outcome blob8 cost basis blob9 error code blob10 location',
  )
  expect(POINT_LAYOUT.blob).toEqual([
    'id',
    'tokenId',
    'label',
    'endpoint',
    'mode',
    'model',
    'outcome',
    'costBasis',
    'errorCode',
    'colo',
  ])
})

test('wrangler.toml runs the jobs when the Worker expects them', async () => {
  const toml = await readFile('wrangler.toml', 'utf8')
  const crons = JSON.parse(/^crons = (\[.*\])$/m.exec(toml)?.[1] ?? 'null') as unknown
  expect(crons).toEqual(Object.values(CRONS))
})
