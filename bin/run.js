#!/usr/bin/env node
// A default import: on an old Node a named import of enableCompileCache is a link error, before any check of ours.
import module from 'node:module'
import { homedir } from 'node:os'
import path from 'node:path'

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 24 || (major === 24 && minor < 15)) {
  process.stderr.write(
    `flotilla needs Node 24.15 or later; this is ${process.versions.node}. In a clone, run bin/flotilla: it brings its own.\n`,
  )
  process.exit(1)
}

// The user's own cache folder: the default is a shared temporary one that belongs to whoever came first.
module.enableCompileCache(
  path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'flotilla', 'compile'),
)
process.noDeprecation = true // mqtt, bundled, prints DEP0169
if (process.env.DEBUG) process.setSourceMapsEnabled(true)
await import('../dist/main.js')
