import { build, type Metafile } from 'esbuild'

/** One file of all that a source loads, as wrangler would make it. */
export async function bundle(source: string, file: string): Promise<Metafile> {
  const { metafile } = await build({
    stdin: { contents: source, resolveDir: process.cwd(), loader: 'ts' },
    bundle: true,
    outfile: file,
    format: 'esm',
    minify: true,
    metafile: true,
    jsx: 'automatic',
    jsxImportSource: 'hono/jsx',
    external: ['cloudflare:*', 'node:*'],
    logLevel: 'error',
  })
  return metafile
}
