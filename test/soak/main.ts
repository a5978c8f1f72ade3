// npm run soak [-- --requests 2000] [--at-once 50] [--sink d1|queue]
import { parseArgs } from 'node:util'
import { soak } from './soak.ts'

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '2000' },
    'at-once': { type: 'string', default: '50' },
    sink: { type: 'string', default: 'd1' },
  },
})
const result = await soak({
  requests: Number(values.requests),
  atOnce: Number(values['at-once']),
  sink: values.sink === 'queue' ? 'queue' : 'd1',
  port: 8798,
  log: console.log,
})
console.log(result)
const { broken, missing, twice, unseen, entries } = result
const isSound = broken + missing.length + twice.length + unseen.length + entries.waiting === 0
process.exit(isSound ? 0 : 1)
