// oclif.manifest.json: lets the program start without loading every command. CI fails when it is stale.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { Plugin } from '@oclif/core/config'

const root = path.resolve(import.meta.dirname, '..')
const plugin = new Plugin({
  errorOnManifestCreate: true,
  ignoreManifest: true,
  isRoot: true,
  respectNoCacheDefault: true,
  root,
  type: 'core',
})
await plugin.load()
const { commands, version } = plugin.manifest
const sorted = Object.fromEntries(Object.entries(commands).sort(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync(
  path.join(root, 'oclif.manifest.json'),
  `${JSON.stringify({ commands: sorted, version }, null, 2)}\n`,
)
