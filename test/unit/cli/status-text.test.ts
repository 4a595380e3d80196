import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { statusLines } from '../../../src/lib/cli/status-text.ts'
import type { ServiceView } from '../../../src/lib/fleet/service-status.ts'
import type { FleetStatus } from '../../../src/lib/fleet/status.ts'
import { displayWidth } from '../../../src/lib/ui/width.ts'
import { textTerminal } from '../../support/text-terminal.ts'

const at = new Date(Date.UTC(2026, 10, 25, 12)).toISOString()
const nobody = {
  ...{ devices: 0, blocked: 0, shutOut: 0, reporting: 0, silent: 0, rhythmUnknown: 0, neverHeard: 0 },
  ...{ registered: 0, retired: 0, unknown: 0, countedAt: at, latestSilent: [] },
}
const store: ServiceView = {
  ...{ role: 'store', state: 'ok', lag: 0, at, startedAt: at },
  ...{ failing: null, lost: null, spool: null, deaths: null, collapsed: 0, deafSince: null },
}
const status: FleetStatus = {
  ...{ fleet: 'acme', at, well: true, devices: nobody, services: [], findings: [], damaged: [], lists: [] },
  broker: { host: 'localhost', port: 8883, staffPort: 8884, kind: 'embedded' },
  deadLetters: { count: 0, newest: null },
  refused: { identities: 0, attempts: 0, latest: null, reasons: {} },
  certificates: { endingDevices: 0, first: [], ending: [] },
  disk: { folder: '/srv/acme/data', free: 5e9 },
}

test('an empty fleet says how it gets its first device; with a retired or a strange one it is not empty', () => {
  const line = (devices: Partial<typeof nobody>) =>
    statusLines({ ...status, devices: { ...nobody, ...devices } }, textTerminal())[1]
  expect(line({})).toContain('none yet. The first: flotilla device provision ')
  expect(line({ retired: 1 })).toContain('1 retired')
  expect(line({ unknown: 1 })).toContain('1 with an unknown certificate')
  expect(line({ devices: 1, shutOut: 1 })).toContain('1 without a good certificate')
})

test('a full disk is named with where it is, and what services said before it was full with when', () => {
  const next = { code: 'DISK_FULL', level: 'bad', count: 1, next: 'flotilla doctor' } as const
  const said = (free: number, state: ServiceView['state']) =>
    statusLines(
      { ...status, services: [{ ...store, state }], disk: { ...status.disk, free }, findings: [next] },
      textTerminal(),
    ).join('\n')
  expect(said(50 * 1024 ** 2, 'ok')).toMatch(/disk +50 MiB free at \/srv\/acme\/data: make room {3}Next/)
  expect(said(50 * 1024 ** 2, 'ok')).toContain('store ok')
  expect(said(4096, 'ok')).toMatch(/store was ok at \d\d:\d\d:\d\d/)
  expect(said(50 * 1024 ** 2, 'stuck')).toMatch(/store runs, but says nothing since \d\d:\d\d:\d\d$/m)
  expect(said(4096, 'stuck')).toMatch(/says nothing since \d\d:\d\d:\d\d: its disk is full/)
})

test('however long its parts are, no line is wider than the terminal, and none begins with the dot between two', () => {
  const word = fc.stringMatching(/^[a-z]{1,30}$/)
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 60, max: 120 }),
      (words, columns) => {
        const failing = { ...store, state: 'failing' as const, failing: words.join(' ') }
        const lines = statusLines({ ...status, services: [failing, store, store] }, textTerminal({ columns }))
        for (const line of lines.slice(1)) {
          expect(displayWidth(line)).toBeLessThanOrEqual(columns)
          expect(line).not.toMatch(/^ *·/)
        }
      },
    ),
  )
})
