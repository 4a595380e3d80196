import { describe, expect, test } from 'vitest'
import { findingsOf, type StatusFacts } from '../../../src/lib/diagnostics/fleet-status.ts'
import { type ServiceState, serviceState } from '../../../src/lib/diagnostics/service-state.ts'

const NOW = Date.UTC(2026, 10, 25)
const HOUR = 3_600_000
const DAY = 24 * HOUR
const devices = {
  ...{ devices: 9, blocked: 1, shutOut: 0, reporting: 5, silent: 0, rhythmUnknown: 1, neverHeard: 2 },
  ...{ registered: 1, retired: 3, unknown: 0 },
}
const well: StatusFacts = {
  now: NOW,
  countedAt: NOW,
  devices,
  silent: [],
  services: [{ role: 'ingest', state: 'ok', lag: 0, at: NOW, failing: undefined }],
  start: 'flotilla up',
  gaps: 'flotilla telemetry sql',
  deadLetters: { count: 7, newest: NOW - 2 * DAY },
  refused: [{ identity: 'x', reason: 'expired', address: '10.0.0.1', first: 0, last: NOW - DAY, count: 4 }],
  ending: { devices: 0, first: [] },
  endedDevices: 0,
  certificates: [{ name: 'server', kind: 'server', notAfter: NOW + 31 * DAY }],
  lists: [{ authority: 'root', nextUpdate: NOW + DAY, problem: undefined }],
  damaged: [],
  disk: { folder: '/srv/acme/data', free: 5e9 },
}

const found = (facts: Partial<StatusFacts>) =>
  findingsOf({ ...well, ...facts }).map(({ code, count, next }) => [code, count, next])

describe('what is not well', () => {
  test('is nothing where blocked, new and retired devices are all there is, and troubles are past', () => {
    expect(found({})).toEqual([])
  })

  test('silent devices, by the selector that chooses them', () => {
    const silent = [{ id: 'pump-7', lastMessage: 0, rhythm: 1 }]
    expect(found({ devices: { ...devices, silent: 3 }, silent })).toEqual([
      ['DEVICES_SILENT', 3, 'flotilla device list silent'],
    ])
  })

  test.each([
    ['stopped', 'SERVICE_DOWN', 'flotilla up'],
    ['dead', 'SERVICE_DOWN', 'flotilla up'],
    ['stuck', 'SERVICE_STUCK', 'flotilla doctor'],
    ['missing', 'SERVICE_DOWN', 'flotilla up'],
    ['failing', 'SERVICE_FAILING', 'flotilla doctor'],
    ['lagging', 'SERVICE_FAILING', 'flotilla doctor'],
  ] as const)('a service that is %s', (state, code, next) => {
    expect(found({ services: [{ ...well.services[0]!, state }] })).toEqual([[code, 1, next]])
  })

  test('a broker that died within the hour, however well it runs again', () => {
    const [service] = well.services
    const deaths = [NOW - 2 * HOUR, NOW - HOUR + 1, NOW - 1].map((at) => ({ at, how: 'signal SIGSEGV' }))
    expect(found({ services: [{ ...service!, deaths }] })).toEqual([
      ['BROKER_RESTARTED', 2, 'flotilla doctor'],
    ])
    expect(found({ services: [{ ...service!, deaths: deaths.slice(0, 1) }] })).toEqual([])
  })

  test('events that found no room today', () => {
    const store = { ...well.services[0]!, role: 'store', lost: { count: 7, at: NOW - DAY + 1 } }
    expect(found({ services: [store] })).toEqual([['EVENTS_LOST', 7, 'flotilla telemetry sql']])
    expect(found({ services: [{ ...store, lost: { count: 7, at: NOW - DAY } }] })).toEqual([])
  })

  test('messages that wait in the spool: to mend while the store is away or it is full, else to watch', () => {
    const [service] = well.services
    const spool = { messages: 1200, bytes: 1, bound: 9, since: NOW - 1 }
    const holding = { since: NOW, message: 'no space' }
    const withSpool = (state: ServiceState, more = {}) =>
      found({ services: [{ ...service!, state, spool: { ...spool, ...more } }] })
    expect(withSpool('ok')).toEqual([['SPOOL_WAITING', 1200, 'flotilla status --watch']])
    expect(withSpool('failing')).toEqual([['SERVICE_FAILING', 1, 'flotilla doctor']])
    expect(withSpool('failing', { holding })).toEqual([
      ['SERVICE_FAILING', 1, 'flotilla doctor'],
      ['SPOOL_FULL', 1200, 'flotilla doctor'],
    ])
    expect(withSpool('stopped')).toEqual([['SERVICE_DOWN', 1, 'flotilla up']])
  })

  test('certificates by their kind, those that ended apart', () => {
    const operator = { name: 'op.alice', kind: 'operator' as const, notAfter: NOW - 1 }
    const server = { name: 'server', kind: 'server' as const, notAfter: NOW + 29 * DAY }
    const far = { name: 'op.bob', kind: 'operator' as const, notAfter: NOW + 15 * DAY }
    expect(found({ certificates: [server, operator, far] })).toEqual([
      ['CERTIFICATES_ENDED', 1, 'flotilla cert issue op.alice'],
      ['CERTIFICATES_ENDING', 1, 'flotilla cert issue server --force'],
    ])
    const all = { devices: 40, first: [{ device: 'pump-1', notAfter: NOW - 1 }] }
    expect(found({ ending: all, endedDevices: 30 }).map(([code, count]) => [code, count])).toEqual([
      ['CERTIFICATES_ENDED', 30],
      ['CERTIFICATES_ENDING', 10],
    ])
    const ending = { devices: 4, first: [{ device: 'pump-1', notAfter: NOW + 1 }] }
    expect(found({ ending })).toEqual([
      ['CERTIFICATES_ENDING', 4, 'flotilla device list cert-ends below 30d and not blocked'],
    ])
  })

  test('a disk on which soon nothing can be stored, where that can be seen', () => {
    const disk = (free: number | undefined) => found({ disk: { folder: '/srv', free } })
    expect(disk(99 * 1024 ** 2)).toEqual([['DISK_FULL', 1, 'flotilla doctor']])
    expect([disk(100 * 1024 ** 2), disk(undefined)]).toEqual([[], []])
  })

  test('letters and refusals of late, and lists that brokers will not take', () => {
    const lists = [{ authority: 'devices', nextUpdate: NOW, problem: undefined }]
    expect(
      found({
        deadLetters: { count: 7, newest: NOW - 1 },
        refused: [{ ...well.refused[0]!, last: NOW - 1 }, well.refused[0]!],
        lists,
      }).map(([code, count]) => [code, count]),
    ).toEqual([
      ['CRL_UNUSABLE', 1],
      ['REFUSED', 1],
      ['DEAD_LETTERS', 7],
    ])
  })
})

describe('a service', () => {
  const note = {
    role: 'ingest',
    host: 'a',
    pid: 1,
    startedAt: 0,
    at: NOW,
    stopped: false,
    lag: 0,
    failing: undefined,
  }
  test.each<[string, ServiceState, Partial<typeof note> | undefined, boolean | undefined, number]>([
    ['at work here', 'ok', {}, true, 1000],
    ['at work elsewhere', 'ok', {}, undefined, 1000],
    ['killed a moment ago', 'dead', {}, false, 0],
    ['elsewhere and quiet', 'dead', {}, undefined, 16_000],
    ['here and quiet', 'stuck', {}, true, 16_000],
    ['ended', 'stopped', { stopped: true }, false, 99_000],
    ['behind', 'lagging', { lag: 10_001 }, true, 0],
    ['that never ran', 'missing', undefined, undefined, 0],
  ])('%s is %s', (_, state, more, isAlive, later) => {
    const traces = { isAlive, isHeld: () => false }
    expect(serviceState(more && { ...note, ...more }, traces, NOW + later)).toBe(state)
  })

  test.each<[string, ServiceState, Partial<typeof note> | undefined, number]>([
    ['that never said anything', 'stuck', undefined, 0],
    ['whose last run ended long ago', 'stuck', { stopped: true }, 99_000],
    ['whose last run was killed long ago', 'stuck', {}, 99_000],
    ['that is just ending', 'stopped', { stopped: true }, 1000],
    ['that is just starting after a kill', 'dead', {}, 1000],
  ])('that holds its lock and %s is %s', (_, state, more, later) => {
    const traces = { isAlive: false, isHeld: () => true }
    expect(serviceState(more && { ...note, ...more }, traces, NOW + later)).toBe(state)
  })
})
