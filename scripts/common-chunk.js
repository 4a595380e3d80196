import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'

/**
 * What nearly every command on a fleet loads. esbuild puts modules into one file when the same entry points reach
 * them: left to itself it makes dozens of files of a few lines, and each costs Node 0.4 ms to find and open.
 */
const COMMON = [
  'cli/command.ts',
  'cli/flags.ts',
  'cli/selector-argument.ts',
  'cli/show-facts.ts',
  'cli/show-table.ts',
  'fleet/device-view.ts',
  'fleet/select-devices.ts',
]
const NAME = 'common-chunk'

/** Has every command, and all that is loaded later, reach what is common: it becomes one chunk. */
export function commonChunk(root) {
  const commands = globSync('src/commands/**/*.ts', { cwd: root }).map((file) => path.join(root, file))
  const entries = new Set([...commands, ...loadedLater(root, commands)])
  return {
    /** @param text the source of a file */
    withCommon: (file, text) => (entries.has(file) ? `import '${NAME}';${text}` : text),
    plugin: {
      name: NAME,
      setup(esbuild) {
        esbuild.onResolve({ filter: /^common-chunk$/ }, () => ({ path: NAME, namespace: NAME }))
        esbuild.onLoad({ filter: /.*/, namespace: NAME }, () => ({
          contents: COMMON.map((file) => `import './${file}'`).join('\n'),
          resolveDir: path.join(root, 'src/lib'),
          loader: 'ts',
        }))
      },
    },
  }
}

/** What commands and the library import only when they need it: entry points, too, to esbuild. */
function loadedLater(root, commands) {
  const library = globSync('src/lib/**/*.ts', { cwd: root }).map((file) => path.join(root, file))
  return [...commands, ...library].flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/import\('(\.[^']+\.ts)'\)/g)].map(([, name]) =>
      path.resolve(path.dirname(file), name),
    ),
  )
}
