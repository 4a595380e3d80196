// src/**/*.ts → dist/: split ESM with every dependency bundled, because start-up is a feature.
import { globSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { build } from 'esbuild'
import { commonChunk } from './common-chunk.js'

const root = path.resolve(import.meta.dirname, '..')

/** A worker's chunk lies elsewhere than its source: point `new URL('./x-worker.ts', import.meta.url)` at dist/. */
function withWorkerPaths(file, text) {
  const fromDist = (_, name) => {
    const worker = path.relative(path.join(root, 'src'), path.resolve(path.dirname(file), name))
    return `new URL('../${worker.replaceAll('\\', '/').replace(/\.ts$/, '.js')}', import.meta.url)`
  }
  return text.replaceAll(/new URL\('(\.[^']*-worker\.ts)', import\.meta\.url\)/g, fromDist)
}

const common = commonChunk(root)
const sources = {
  name: 'sources',
  setup(esbuild) {
    esbuild.onLoad({ filter: /src[\\/](?:commands|lib)[\\/].*\.ts$/ }, async ({ path: file }) => ({
      contents: common.withCommon(file, withWorkerPaths(file, await readFile(file, 'utf8'))),
      loader: 'ts',
    }))
  },
}

rmSync(path.join(root, 'dist'), { recursive: true, force: true })
await build({
  absWorkingDir: root,
  entryPoints: [
    'src/main.ts',
    ...globSync(['src/commands/**/*.ts', 'src/hooks/**/*.ts', 'src/lib/**/*-worker.ts'], { cwd: root }),
  ],
  outdir: 'dist',
  outbase: 'src',
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  external: ['typescript', 'pg-native'],
  keepNames: true,
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
  banner: {
    js: [
      "import { createRequire as __createRequire } from 'node:module'",
      "import { fileURLToPath as __fileURLToPath } from 'node:url'",
      'const require = __createRequire(import.meta.url)',
      'const __filename = __fileURLToPath(import.meta.url)',
      "const __dirname = __fileURLToPath(new URL('.', import.meta.url))",
    ].join(';'),
  },
  plugins: [common.plugin, sources],
})
