import { build } from 'esbuild'
import { expect, test } from 'vitest'

test('the proxy loads no page, no ORM and no large validator', async () => {
  const { metafile } = await build({
    entryPoints: ['src/proxy/route.ts'],
    bundle: true,
    write: false,
    format: 'esm',
    minify: true,
    metafile: true,
    external: ['cloudflare:*', 'node:*'],
  })
  const inputs = Object.keys(metafile.inputs)
  expect(inputs).toContain('src/metering/price.ts')
  const unwanted =
    /drizzle-orm|simplewebauthn|zod\/v4\/classic|node_modules\/hono|\.tsx$|src\/(?:web|site|logs|accounts|sessions)/
  expect(inputs.filter((input) => unwanted.test(input))).toEqual([])
  const [output] = Object.values(metafile.outputs)
  console.log(
    `the proxy path: ${Math.round((output?.bytes ?? 0) / 1024)} KiB minified, ${inputs.length} modules`,
  )
})
