import { build } from 'esbuild'

/** Builds what browsers load, a stylesheet, the script of every page and that of the charts, into dist/assets. */
export async function buildAssets(): Promise<void> {
  await build({
    entryPoints: ['src/web/app.css', 'src/web/client/app.ts', 'src/web/client/charts.ts'],
    outdir: 'dist/assets',
    entryNames: '[name]',
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['es2022', 'chrome110', 'firefox115', 'safari16'],
    logLevel: 'error',
  })
}

if (import.meta.main) await buildAssets()
