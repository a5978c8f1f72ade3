import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { leftOut } from './left-out.ts'
import { build, type BuildOptions, type Metafile } from 'esbuild'

/** dist/assets, for browsers: the stylesheet, the script of every page, and that of the charts. */
export async function buildAssets(): Promise<void> {
  await buildTo({
    entryPoints: ['src/web/app.css', 'src/web/client/app.ts', 'src/web/client/charts.ts'],
    outdir: 'dist/assets',
    entryNames: '[name]',
    minify: true,
    target: ['es2022', 'chrome110', 'firefox115', 'safari16'],
  })
}

/**
 * Bundles all that a Worker loads into one file, without minifying: wrangler does that in a step of its own. In
 * a single step, esbuild would wrap the modules behind an `import()` in arrow functions, which V8 compiles at
 * every cold start. In two steps it makes them methods, which V8 skips.
 */
export const joinModules = (
  source: Pick<BuildOptions, 'entryPoints' | 'stdin'>,
  outfile: string,
): Promise<Metafile> =>
  buildTo({
    ...source,
    outfile,
    sourcemap: 'linked',
    conditions: ['workerd', 'worker', 'browser'],
    define: { 'process.env.NODE_ENV': '"production"' },
    external: ['cloudflare:*', 'node:*'],
    plugins: [leftOut],
  })

async function buildTo(options: BuildOptions): Promise<Metafile> {
  const { outputFiles, metafile } = await build({
    ...options,
    bundle: true,
    format: 'esm',
    metafile: true,
    write: false,
    logLevel: 'error',
  })
  const folder = dirname(options.outdir ?? options.outfile ?? '')
  for (const { path, contents } of outputFiles) await writeIfNew(path, contents, folder)
  return metafile
}

/**
 * Several Workers may run from one folder: none may read half a file, or restart for an unchanged one. `folder`
 * holds half-written files, apart from what browsers may load.
 */
async function writeIfNew(path: string, contents: Uint8Array, folder: string): Promise<void> {
  const known = await readFile(path).catch(() => null)
  if (known?.equals(contents)) return
  await mkdir(dirname(path), { recursive: true })
  const fresh = join(folder, `${basename(path)}.${process.pid}`)
  await writeFile(fresh, contents)
  await rename(fresh, path)
}

if (import.meta.main) {
  await Promise.all([
    buildAssets(),
    joinModules({ entryPoints: ['src/index.ts'] }, 'dist/worker.js'),
  ])
}
