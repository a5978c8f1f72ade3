import { build } from 'esbuild'

/** Builds what browsers load, one stylesheet and one script, into dist/assets. */
export async function buildAssets(): Promise<void> {
  await build({
    entryPoints: ['src/web/app.css', 'src/web/client/app.ts'],
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
