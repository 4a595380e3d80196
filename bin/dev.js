#!/usr/bin/env node
// Runs the TypeScript sources as they stand: no build, Node strips the types.
import { readFileSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '..')
const source = readFileSync(path.join(root, 'package.json'), 'utf8')
const pjson = JSON.parse(
  source.replaceAll(/\.\/dist\/([\w./-]+)\.js/g, './src/$1.ts').replaceAll('./dist/', './src/'),
)
process.noDeprecation = true
const { main } = await import('../src/main.ts')
await main({ root, pjson, ignoreManifest: true })
