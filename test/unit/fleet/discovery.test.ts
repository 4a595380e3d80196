import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findFleetDirectory } from '../../../src/lib/fleet/discovery.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'flotilla-'))
  mkdirSync(path.join(root, 'acme', 'devices', 'deep'), { recursive: true })
  writeFileSync(path.join(root, 'acme', 'fleet.yaml'), 'version: 1\nname: acme\n')
})
afterEach(() => rmSync(root, { recursive: true }))

test('the folder that is named', () => {
  expect(findFleetDirectory('acme', root).root).toBe(path.join(root, 'acme'))
})
test('upward from where one is', () => {
  expect(findFleetDirectory(undefined, path.join(root, 'acme', 'devices', 'deep')).root).toBe(
    path.join(root, 'acme'),
  )
})
test('a named folder without fleet.yaml is not searched upward from', () => {
  expect(() => findFleetDirectory('acme/devices', root)).toThrow(
    expect.objectContaining({ code: 'FLEET_MISSING' }),
  )
})
test('nothing found says how to make one', () => {
  expect(() => findFleetDirectory(undefined, root)).toThrow(
    expect.objectContaining({
      code: 'FLEET_MISSING',
      exitCode: 4,
      hint: expect.stringContaining('flotilla init'),
    }),
  )
})
