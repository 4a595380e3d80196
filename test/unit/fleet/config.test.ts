import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { bindAddress, parseConfig } from '../../../src/lib/fleet/config.ts'
import { configText } from '../../../src/lib/fleet/config-text.ts'

const choices = {
  name: 'acme',
  brokerKind: 'embedded',
  hosts: ['localhost', '127.0.0.1'],
  port: 8883,
  staffPort: 8884,
  store: { kind: 'embedded', url: 'http://127.0.0.1:9000', user: 'admin' },
} as const

const mistakesIn = (source: string) => {
  try {
    parseConfig(source, 'fleet.yaml')
  } catch (error) {
    return (error as Error).message
      .split('\n')
      .slice(1)
      .map((line) => line.trim())
  }
  return []
}

describe('fleet.yaml', () => {
  test('the written file says every default and nothing else', () => {
    expect(parseConfig(configText(choices), 'fleet.yaml')).toEqual(
      parseConfig('version: 1\nname: acme\n', 'fleet.yaml'),
    )
  })

  test('every key of the type stands in the written file', () => {
    const text = configText(choices)
    const keys = Object.entries(parseConfig('version: 1\nname: acme\n', 'f')).flatMap(([key, value]) =>
      typeof value === 'object' ? [key, ...Object.keys(value)] : [key],
    )
    expect(keys.filter((key) => !new RegExp(`^\\s*(# )?${key}:`, 'm').test(text))).toEqual([])
  })

  test('the reference in docs is what init writes', () => {
    const reference = path.resolve(import.meta.dirname, '../../../docs/reference/fleet.yaml')
    expect(readFileSync(reference, 'utf8')).toBe(configText(choices))
  })

  test.each([
    ['1 GiB', 1024 ** 3],
    ['16MiB', 16 * 1024 ** 2],
    ['0', 0],
  ])('sizes are bytes: %s', (text, bytes) => {
    expect(parseConfig(`version: 1\nname: a\nstore: {spool: ${text}}`, 'f').store.spool).toBe(bytes)
  })

  test.each([
    ['12', 'must be a size like 1 GiB'],
    ['[]', 'must be a size like 1 GiB'],
    ['1 GB', 'is not a size like 64 MiB or 1 GiB'],
    ['15 MiB', 'must be 0 or at least 16 MiB'],
  ])('is no size of a spool: %s', (text, words) => {
    expect(mistakesIn(`version: 1\nname: a\nstore:\n  spool: ${text}`)).toEqual([
      `line 4: store.spool ${words}`,
    ])
  })

  test('durations are milliseconds', () => {
    expect(
      parseConfig('version: 1\nname: a\nretention: {measurements: 2h}', 'f').retention.measurements,
    ).toBe(7_200_000)
  })

  test.each([
    [
      'an unknown key',
      'version: 1\nname: acme\nbroker:\n  prot: 1\n',
      'line 4: broker.prot is not a key of this file',
    ],
    [
      'a wrong kind',
      'version: 1\nname: acme\nbroker:\n  kind: emqx\n',
      'line 4: broker.kind must be embedded, mosquitto or external',
    ],
    ['a missing name', 'version: 1\n', 'line 1: name is missing'],
    [
      'a bad name',
      'version: 1\nname: Acme!\n',
      'line 2: name is not a fleet name: a-z, then a-z 0-9 _ -, at most 32',
    ],
    [
      'a port out of range',
      'version: 1\nname: a\nbroker:\n\n  port: 70000\n',
      'line 5: broker.port must be 0 (any free port) to 65535',
    ],
    [
      'one port for devices and staff',
      'version: 1\nname: a\nbroker:\n  port: 9000\n  staff-port: 9000\n',
      'line 5: broker.staff-port must not be port, too',
    ],
    [
      'the default port of the others',
      'version: 1\nname: a\nbroker:\n  port: 8884\n',
      'line 3: broker.staff-port must not be port, too',
    ],
    [
      'a password in the address of the store',
      'version: 1\nname: a\nstore:\n  url: http://admin:secret@db:9000\n',
      'line 4: store.url must be http://HOST:PORT or https://HOST:PORT, without a password',
    ],
    [
      'a path in the address of the store',
      'version: 1\nname: a\nstore:\n  url: http://db:9000/exec\n',
      'line 4: store.url must be http://HOST:PORT or https://HOST:PORT, without a password',
    ],
    [
      'a bad duration',
      'version: 1\nname: a\nretention:\n  measurements: soon\n',
      'line 4: retention.measurements is not a duration like 12h, 30d or 10y',
    ],
    [
      'another version',
      'version: 2\nname: a\n',
      'line 1: version must be 1: this program knows version 1 of the file',
    ],
    [
      'a section that is a list',
      'version: 1\nname: a\nbroker: []\n',
      'line 3: broker must be a section of keys',
    ],
    [
      'a host with a newline',
      'version: 1\nname: a\nbroker:\n  hosts: ["a\\nb"]\n',
      'line 4: broker.hosts.0 is neither a host name nor an IP address',
    ],
  ])('%s is named with its line', (_, source, expected) => {
    expect(mistakesIn(source)).toEqual([expected])
  })

  test('the system may choose both ports', () => {
    expect(mistakesIn('version: 1\nname: a\nbroker: {port: 0, staff-port: 0}\n')).toEqual([])
  })

  test('all mistakes are named at once', () => {
    expect(mistakesIn('version: 1\nname: a\nbroker:\n  kind: x\n  port: y\n')).toHaveLength(2)
  })

  test('broken YAML names its line', () => {
    expect(mistakesIn('version: 1\nname: [a\n')[0]).toMatch(/^line \d+: /)
  })

  test.each(['', '[]', '1', 'null', '&a [*a]', '"\u0000"'])('%j is refused, not a crash', (source) => {
    expect(() => parseConfig(source, 'f')).toThrow(/mistake/)
  })
})

describe('bindAddress', () => {
  const config = (broker: string) => parseConfig(`version: 1\nname: a\nbroker: ${broker}`, 'f')

  test('this machine only, while every host is this machine', () => {
    expect(bindAddress(config('{hosts: [localhost, 127.0.0.1, "::1"]}'))).toBe('127.0.0.1')
  })
  test('everywhere, once a device elsewhere is meant to reach it', () => {
    expect(bindAddress(config('{hosts: [localhost, mqtt.acme.example]}'))).toBe('0.0.0.0')
  })
  test('what the file says', () => {
    expect(bindAddress(config('{hosts: [mqtt.acme.example], bind: 10.0.0.4}'))).toBe('10.0.0.4')
  })
})
