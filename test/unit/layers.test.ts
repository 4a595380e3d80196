import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'

const SRC = path.resolve(import.meta.dirname, '../../src')

/** What each part may import besides itself (design §7): base ← domains ← app ← cli and commands; `ui` sees base only. */
const DOMAINS = {
  pki: [],
  mqtt: [],
  registry: [],
  batch: ['registry'],
  broker: ['pki', 'mqtt', 'registry'],
  provisioning: ['pki', 'registry', 'batch', 'broker'],
  telemetry: ['mqtt'],
  shadow: ['mqtt'],
  jobs: ['mqtt'],
  ota: ['pki', 'jobs'],
  device: ['mqtt', 'telemetry', 'shadow', 'jobs', 'ota'],
  diagnostics: ['pki', 'mqtt', 'registry', 'telemetry', 'shadow', 'jobs'],
  edge: ['device', 'telemetry'],
} as const
const domains = Object.keys(DOMAINS)
const app = ['fleet', 'service']

const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  base: [],
  ui: ['base'],
  ...Object.fromEntries(Object.entries(DOMAINS).map(([name, edges]) => [name, ['base', ...edges]])),
  fleet: ['base', ...domains],
  service: ['base', 'fleet', ...domains],
  cli: ['base', 'ui', ...app, ...domains],
  commands: ['base', 'ui', 'cli', ...app, ...domains],
  hooks: ['base', 'cli'],
  main: ['base', 'ui', 'cli'],
}

/** The part of the program that a file belongs to: a folder of src/lib, else the first name below src. */
function partOf(file: string): string {
  const [first = '', second = ''] = path.relative(SRC, file).split(path.sep)
  return first === 'lib' ? second : first.replace(/\.ts$/, '')
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, specifier]) => specifier!)
}

const files = globSync('**/*.ts', { cwd: SRC }).map((name) => path.join(SRC, name))

describe('layers', () => {
  test('there is something to hold', () => {
    expect(files.length).toBeGreaterThan(20)
  })

  test.each(files.map((file) => path.relative(SRC, file)))('%s imports only what its layer may', (name) => {
    const file = path.join(SRC, name)
    const allowed = ALLOWED[partOf(file)]
    expect(allowed, `${name} lies in no known part`).toBeDefined()
    const foreign = importsOf(file)
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => partOf(path.resolve(path.dirname(file), specifier)))
      .filter((part) => part !== partOf(file) && !allowed!.includes(part))
    expect(foreign).toEqual([])
  })

  test('only commands, cli, hooks and main know oclif', () => {
    const knowing = files.filter((file) =>
      importsOf(file).some((specifier) => specifier.startsWith('@oclif/')),
    )
    const wrong = knowing.filter((file) => !['commands', 'cli', 'hooks', 'main'].includes(partOf(file)))
    expect(wrong).toEqual([])
  })
})
