import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { mustWrangler } from '../../src/cli/wrangler.ts'
import { bundle } from '../workerd/bundle.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'metrion-bundle-'))
})
afterAll(() => rm(folder, { recursive: true }))

test('the proxy loads no page, no ORM and no large validator', async () => {
  const file = join(folder, 'proxy.js')
  const metafile = await bundle(`export { proxy } from './src/proxy/route.ts'`, file)
  const inputs = Object.keys(metafile.inputs)
  expect(inputs).toContain('src/pricing/price.ts')
  const unwanted =
    /drizzle-orm|simplewebauthn|zod\/v4\/classic|node_modules\/hono|\.tsx$|src\/(?:web|site|logs|accounts|sessions)/
  expect(inputs.filter((input) => unwanted.test(input))).toEqual([])
  const { size } = await stat(file)
  console.log(`the proxy path: ${Math.round(size / 1024)} KiB minified, ${inputs.length} modules`)
})

test('the Worker has nothing in it that it never runs', async () => {
  const file = join(folder, 'whole.js')
  const { outputs } = await bundle(`export { default } from './src/index.ts'`, file)
  const kept = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([name, { bytesInOutput }]) =>
      bytesInOutput > 0 ? [name] : [],
    ),
  )
  const unwanted =
    /node_modules\/(?:@peculiar|asn1js|reflect-metadata|tsyringe)|pg-core|zod\/v4\/locales\/(?!en|index)/
  expect(kept.filter((name) => unwanted.test(name))).toEqual([])
  expect(kept).toContain('src/people/passkeys/ecdsa-signature.ts')
  // What it has now, and a little more; at every cold start V8 passes over all of it.
  expect((await stat(file)).size).toBeLessThan(990 * 1024)
})

test('what is deployed has the modules of pages as methods, which V8 passes over at a cold start', async () => {
  await mustWrangler(['deploy', '--dry-run', '--outdir', folder])
  const text = await readFile(join(folder, 'worker.js'), 'utf8')
  expect(text).toMatch(/\(\{"src\/site\.tsx"\(\)\{/)
  expect(text.match(/\(\{"(?:src|node_modules)\/[^"]+"\(\)\{/g)?.length).toBeGreaterThan(400)
  // How esbuild wraps them where it minifies at the same time.
  expect(text.match(/=[\w$]+\(\(\)=>\{/g)?.length ?? 0).toBeLessThan(20)
  console.log(`the whole Worker: ${Math.round(text.length / 1024)} KiB minified`)
})
