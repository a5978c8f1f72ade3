import { rm } from 'node:fs/promises'
import { build, type Metafile } from 'esbuild'
import { joinModules } from '../../src/cli/build.ts'

/** One file of all that a source loads, minified, as it is deployed. `folder`: what its imports start from. */
export async function bundle(
  contents: string,
  file: string,
  folder = process.cwd(),
): Promise<Metafile> {
  const joined = `${file}.joined.js`
  const source = { contents, resolveDir: folder, loader: 'ts' } as const
  const metafile = await joinModules({ stdin: source }, joined)
  await build({ entryPoints: [joined], outfile: file, format: 'esm', minify: true })
  await rm(joined)
  return metafile
}
