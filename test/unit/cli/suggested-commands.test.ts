import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { forNamedFleet } from '../../../src/lib/cli/suggested-commands.ts'

const MANIFEST = path.resolve(import.meta.dirname, '../../../oclif.manifest.json')
const manifest = JSON.parse(readFileSync(MANIFEST, 'utf8')) as {
  commands: Record<string, { flags: Record<string, unknown> }>
}
const onFleets = Object.entries(manifest.commands)
  .filter(([, { flags }]) => 'fleet' in flags)
  .map(([id]) => id.replaceAll(':', ' '))

describe('a suggested command', () => {
  test.each(onFleets)('%s goes to the fleet that was named', (id) => {
    expect(forNamedFleet(`Next: flotilla ${id} pump-1`, ['tail', '--fleet', 'acme'])).toBe(
      `Next: flotilla ${id} --fleet acme pump-1`,
    )
  })

  test.each([
    [['tail'], 'flotilla up, or flotilla serve'],
    [['tail', '--', '--fleet', 'acme'], 'flotilla up, or flotilla serve'],
    [['tail', '--fleet=acme'], 'flotilla up --fleet acme, or flotilla serve --fleet acme'],
    [['tail', '--fleet', 'my fleet'], "flotilla up --fleet 'my fleet', or flotilla serve --fleet 'my fleet'"],
  ])('of a command typed as %j', (argv, said) => {
    expect(forNamedFleet('flotilla up, or flotilla serve', argv)).toBe(said)
  })

  test('in colour, as on a terminal', () => {
    const said = '\u001B[36mflotilla up\u001B[39m'
    expect(forNamedFleet(said, ['up', '--fleet', 'acme'])).toBe(
      '\u001B[36mflotilla up --fleet acme\u001B[39m',
    )
  })

  test('that makes a fleet, or is prose, stays', () => {
    const text = 'flotilla init DIR makes one; flotilla says so'
    expect(forNamedFleet(text, ['up', '--fleet', 'acme'])).toBe(text)
  })
})
