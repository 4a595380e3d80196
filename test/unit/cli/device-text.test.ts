import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import {
  deviceDetails,
  deviceListNote,
  deviceTable,
  nextAfterShow,
} from '../../../src/lib/cli/device-text.ts'
import type { DeviceView } from '../../../src/lib/fleet/device-view.ts'
import type { DeviceListing } from '../../../src/lib/fleet/list-devices.ts'
import type { DeviceDetails } from '../../../src/lib/fleet/show-device.ts'
import { paintAt } from '../../../src/lib/ui/paint.ts'
import { textTerminal } from '../../support/text-terminal.ts'

const now = new Date(2026, 10, 25, 14, 27, 38).getTime()
const ago = (milliseconds: number) => new Date(now - milliseconds).toISOString()

const device: DeviceView = {
  id: 'pump-0001',
  life: 'reported',
  blocked: false,
  tags: { hall: 'B', line: '3' },
  createdAt: ago(3_600_000),
  lastSeen: ago(2000),
}
const fresh: DeviceView = { ...device, id: 'pump-0002', life: 'issued', tags: {}, lastSeen: null }
const details: DeviceDetails = { ...device, certificates: [], latest: [], lastHour: [], refused: [] }

describe('the table of devices', () => {
  test('says how far each has come and when it was heard', () => {
    expect(deviceTable([device, fresh], textTerminal(), now).split('\n')).toEqual([
      'device     state     last heard  tags',
      'pump-0001  reported  2 s ago     hall=B line=3',
      'pump-0002  issued    never',
    ])
  })

  test('marks what is blocked', () => {
    expect(deviceTable([{ ...device, blocked: true }], textTerminal(), now)).toContain('reported, blocked')
  })

  test('gives tags up before ids on a narrow screen', () => {
    const lines = deviceTable([{ ...device, id: 'p'.repeat(30) }], textTerminal({ columns: 52 }), now).split(
      '\n',
    )
    expect(lines[1]).toBe(`${'p'.repeat(30)}  reported  2 s ago`)
  })

  test('is whole where a program reads it', () => {
    const tags = { note: 'n'.repeat(100) }
    const text = deviceTable([{ ...device, tags }], textTerminal({ isScreen: false }), now)
    expect(text).toContain('n'.repeat(100))
  })

  test('with colour nothing but colour is added', () => {
    const terminal = { ...textTerminal(), paint: paintAt(1) }
    const coloured = deviceTable([device, { ...fresh, blocked: true }], terminal, now)
    const plain = deviceTable([device, { ...fresh, blocked: true }], textTerminal(), now)
    expect(coloured).toContain('\u001b[31missued, blocked')
    expect(stripVTControlCharacters(coloured).replaceAll(/ +$/gm, '')).toBe(plain)
  })
})

function note(
  listing: Partial<DeviceListing>,
  asked: { isSelected?: boolean; isLimited?: boolean } = {},
): string {
  return deviceListNote(
    { devices: [], total: 0, unknown: [], kept: null, ...listing },
    { isSelected: false, isLimited: false, ...asked },
    paintAt(0),
  )
}

describe('below the table', () => {
  test('stands how many there are, and the next command', () => {
    expect(note({ devices: [device, { ...fresh, blocked: true }], total: 2 })).toBe(
      '2 devices, 1 blocked.\nNext: flotilla device show pump-0001',
    )
  })

  test('stands that there are more', () => {
    const listing = { devices: [device], total: 40_112 }
    expect(note(listing, { isLimited: true })).toMatch(/^The first 1 of 40,112 devices\.$/m)
    expect(note(listing)).toMatch(
      /^The first 1 of 40,112 devices\. All: --limit 40112, or --json for programs\.$/m,
    )
  })

  test('stand those that the registry does not know, made printable', () => {
    const text = note({ unknown: [{ id: 'x\u001b[2J', lastSeen: ago(0) }] })
    expect(text).toContain('unknown  x\\x1b[2J: certificates of this fleet that the registry does not know')
    expect(text).toContain('Next: flotilla broker refused')
  })

  test('an empty fleet is told how to get devices', () => {
    expect(note({})).toBe('Next: flotilla device provision --count 5 --prefix pump')
  })
})

test('a selector that chooses nobody is not an empty fleet', () => {
  expect(note({}, { isSelected: true })).toBe('No device is chosen.\nNext: flotilla device list')
})

describe('one device', () => {
  const certificate = {
    serial: '5F019C3A77',
    subject: 'pump-0001',
    profile: 'device',
    issuer: 'devices',
    thumbprint: '00',
    notBefore: ago(3_600_000),
    notAfter: ago(-3650 * 86_400_000),
    revokedAt: null,
    revokedReason: null,
  } as const

  test('without anything but its registration', () => {
    expect(
      deviceDetails({ ...details, ...fresh, certificates: [] }, textTerminal(), now).split('\n'),
    ).toEqual([
      'pump-0002  issued',
      '  last heard  never',
      '  registered  13:27:38',
      '  tags        none',
      '',
      'No values are stored.',
    ])
  })

  test('with its certificate, who was refused, and the latest values', () => {
    const refused = [
      { reason: 'blocked', address: '10.7.2.117', count: 14, first: ago(60_000), last: ago(2000) },
    ]
    const latest = [{ device: 'pump-0001', metric: 'flow', at: ago(2000), value: 3.2 }]
    const lastHour = [{ metric: 'flow', means: [1, null, 3] }]
    const text = deviceDetails(
      { ...details, certificates: [certificate], refused, latest, lastHour },
      textTerminal(),
      now,
    )
    expect(text).toContain('certificate  5F019C3A..  until 22 Nov 2036')
    expect(text).toContain('refused      blocked, 14 times since 14:26:38, last 2 s ago, from 10.7.2.117')
    expect(text).toMatch(/metric {2}value {2}age {6}last hour\nflow {6}3\.2 {2}2 s ago {2}\S \S$/)
  })

  test.each([
    [{ revokedAt: ago(5000) }, 'revoked 5 s ago'],
    [{ notAfter: ago(86_400_000) }, 'expired 1 d ago'],
    [{ notAfter: ago(-86_400_000 * 3) }, 'until 28 Nov, in 3 d'],
    [{ notBefore: ago(-3_600_000) }, 'valid in 1 h'],
  ])('a certificate with %j is %s', (change, words) => {
    const text = deviceDetails(
      { ...details, certificates: [{ ...certificate, ...change }] },
      textTerminal(),
      now,
    )
    expect(text).toContain(words)
  })

  test.each([
    [{}, 'flotilla tail pump-0001'],
    [
      { latest: [{ device: 'pump-0001', metric: 'flow', at: ago(0), value: 3.2 }] },
      'flotilla telemetry plot pump-0001 --metric flow',
    ],
    [
      { latest: [{ device: 'pump-0001', metric: '\u001b[2Jch', at: ago(0), value: 3.2 }] },
      'flotilla tail pump-0001',
    ],
    [{ blocked: true }, 'flotilla device unblock pump-0001'],
    [{ life: 'registered' as const }, 'flotilla device provision pump-0001'],
    [{ life: 'retired' as const }, 'flotilla device list --retired'],
  ])('with %j the next command is %s', (change, command) => {
    expect(nextAfterShow({ ...details, ...change })).toBe(command)
  })
})
