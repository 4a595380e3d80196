import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CertificateRecord } from '../../src/lib/registry/device.ts'
import { parseSelector } from '../../src/lib/registry/parse-selector.ts'
import type { AuditEntry, Registry, RegistryWrite } from '../../src/lib/registry/registry.ts'
import type { State } from '../../src/lib/registry/state.ts'
import { type Databases, DRIVERS } from './registry-drivers.ts'

const ENTRY: AuditEntry = { action: 'test.change', subject: 'fleet' }

function certificate(serial: string, more: Partial<CertificateRecord> = {}): CertificateRecord {
  const names = { thumbprint: serial.toLowerCase().repeat(2), subject: 'pump-1', issuer: 'devices' }
  return { serial, ...names, profile: 'device', notBefore: 0, notAfter: 1000, revokedAt: undefined, ...more }
}

describe.each(DRIVERS)('the registry on $name', ({ make }) => {
  const clock = { time: 1000, now: () => clock.time }
  let databases: Databases
  let registry: Registry
  let state: State

  beforeEach(async () => {
    clock.time = 1000
    databases = await make(clock)
    state = await databases.openState()
    registry = await databases.openRegistry()
  })
  afterEach(() => databases[Symbol.asyncDispose]())

  const write = <T>(fn: (write: RegistryWrite) => Promise<T>): Promise<T> =>
    registry.change('op.alice', ENTRY, fn)
  const add = (...ids: readonly string[]): Promise<void> =>
    write((to) => to.addDevices(ids.map((id) => ({ id, life: 'issued', tags: {} }))))
  const idsOf = async (text?: string, more = {}): Promise<string[]> => {
    const selector = text === undefined ? {} : { selector: parseSelector([text]) }
    return (await registry.devices({ ...selector, ...more })).map(({ id }) => id)
  }

  const serials = async (query = {}): Promise<string[]> =>
    (await registry.certificates(query)).map(({ serial }) => serial)

  describe('devices', () => {
    test('one is there as it was added, whatever the case it is asked for in', async () => {
      clock.time = 5000
      await write((to) =>
        to.addDevices([{ id: 'Pump-1', life: 'issued', tags: { hall: 'B', '': 'ä\u0000"' } }]),
      )
      const device = {
        id: 'Pump-1',
        life: 'issued',
        blocked: false,
        tags: { hall: 'B', '': 'ä\u0000"' },
        createdAt: 5000,
        lastSeen: undefined,
      }
      expect(await registry.device('pump-1')).toEqual(device)
      expect(await registry.device('PUMP-1')).toEqual(device)
      expect(await registry.devices({})).toEqual([device])
      expect(await registry.device('pump-2')).toBeUndefined()
    })

    test('they come by id without regard to case, page by page', async () => {
      await add('b', 'A', '0', 'a_', 'Z', 'z1', 'a-')
      const sorted = ['0', 'A', 'a-', 'a_', 'b', 'Z', 'z1']
      expect(await idsOf()).toEqual(sorted)
      const paged: string[] = []
      for (let page = await idsOf(undefined, { limit: 3 }); page.length > 0; ) {
        paged.push(...page)
        page = await idsOf(undefined, { limit: 3, after: paged.at(-1)!.toUpperCase() })
      }
      expect(paged).toEqual(sorted)
    })

    test('an id that is taken in another case is refused by name, and nothing of the change remains', async () => {
      await add('pump-1')
      const refused = expect.objectContaining({ code: 'DEVICE_EXISTS', exitCode: 2 })
      await expect(add('pump-2', 'PUMP-1')).rejects.toEqual(refused)
      await expect(add('pump-3', 'Pump-3')).rejects.toEqual(refused)
      expect(await idsOf()).toEqual(['pump-1'])
      expect(await registry.auditLog()).toHaveLength(1)
    })

    test('a device that is not there cannot be changed', async () => {
      await add('pump-1')
      const unknown = expect.objectContaining({
        code: 'DEVICE_UNKNOWN',
        message: expect.stringContaining('pump-9'),
      })
      await expect(write((to) => to.setBlocked(['pump-1', 'pump-9'], true))).rejects.toEqual(unknown)
      await expect(write((to) => to.setLife(['pump-9'], 'retired'))).rejects.toEqual(unknown)
      await expect(write((to) => to.setTags(['pump-9'], { hall: 'B' }))).rejects.toEqual(unknown)
      expect(await registry.barred()).toEqual([])
    })

    test('the same device named twice is one', async () => {
      await add('pump-1')
      await write((to) => to.setBlocked(['pump-1', 'PUMP-1'], true))
      expect(await registry.barred()).toEqual(['pump-1'])
    })

    test('no ids change nothing and are no mistake', async () => {
      await write(async (to) => {
        await to.addDevices([])
        await to.setLife([], 'issued')
        await to.setBlocked([], true)
        await to.setTags([], { hall: 'B' })
        await to.addCertificates([])
        await to.revokeCertificates([], 1)
      })
      expect(await registry.countDevices()).toBe(0)
    })

    test('blocked and retired ones are barred; retired ones are listed only when asked for', async () => {
      await add('pump-1', 'pump-2', 'pump-3')
      await write(async (to) => {
        await to.setBlocked(['PUMP-1'], true)
        await to.setLife(['pump-2'], 'retired')
      })
      expect(await registry.barred()).toEqual(['pump-1', 'pump-2'])
      expect(await idsOf()).toEqual(['pump-1', 'pump-3'])
      expect(await idsOf(undefined, { includeRetired: true })).toEqual(['pump-1', 'pump-2', 'pump-3'])
      expect(await registry.countDevices()).toBe(2)
      expect(await registry.countDevices({ includeRetired: true })).toBe(3)
      expect(await registry.device('pump-2')).toMatchObject({ life: 'retired' })
      await write((to) => to.setBlocked(['pump-1'], false))
      expect(await registry.barred()).toEqual(['pump-2'])
    })

    test('tags are set, changed and taken away for many at once', async () => {
      await add('pump-1', 'pump-2')
      await write((to) => to.setTags(['pump-1', 'PUMP-2'], { hall: 'B', line: '3' }))
      await write((to) => to.setTags(['pump-2'], { hall: 'C', line: undefined, none: undefined }))
      const tags = (await registry.devices({})).map((device) => device.tags)
      expect(tags).toEqual([{ hall: 'B', line: '3' }, { hall: 'C' }])
    })

    test('a selector chooses by ids and tags, all of its parts together', async () => {
      await add('pump-1', 'pump-2', 'pump-3', 'pump-4')
      await write(async (to) => {
        await to.setTags(['pump-1', 'pump-2', 'pump-3'], { hall: 'B' })
        await to.setTags(['pump-2', 'pump-3', 'pump-4'], { line: '3' })
        await to.setLife(['pump-3'], 'retired')
      })
      expect(await idsOf('hall=B')).toEqual(['pump-1', 'pump-2'])
      expect(await idsOf('hall=B and line=3')).toEqual(['pump-2'])
      expect(await idsOf('hall=b')).toEqual([])
      expect(await idsOf('Hall=B')).toEqual([])
      expect(await idsOf('PUMP-4,pump-1,pump-9')).toEqual(['pump-1', 'pump-4'])
      expect(await idsOf('pump-1,pump-4 and line=3')).toEqual(['pump-4'])
      expect(await idsOf('line=3', { includeRetired: true, limit: 1, after: 'pump-2' })).toEqual(['pump-3'])
      expect(await registry.countDevices({ selector: parseSelector(['line=3']) })).toBe(2)
    })

    test('what looks like SQL is a value like any other', async () => {
      await add('pump-1')
      const value = `'; DROP TABLE devices; --"`
      await write((to) => to.setTags(['pump-1'], { [value]: value }))
      const tagIs = (text: string) => ({ kind: 'tag', key: text, comparison: '=', values: [text] }) as const
      expect(await registry.devices({ selector: tagIs(value) })).toHaveLength(1)
      expect(await registry.devices({ selector: { kind: 'ids', ids: [value] } })).toEqual([])
    })

    test('100 000 ids are looked up at once, each under the spelling it was asked for in', async () => {
      await add('pump-00000', 'Pump-99999')
      await write((to) => to.setLife(['pump-99999'], 'delivered'))
      const ids = Array.from({ length: 100_000 }, (_, index) => `pump-${String(index).padStart(5, '0')}`)
      const known = await registry.known([...ids, 'PUMP-00000'])
      expect(known).toStrictEqual(
        new Map([
          ['pump-00000', { id: 'pump-00000', life: 'issued' }],
          ['pump-99999', { id: 'Pump-99999', life: 'delivered' }],
          ['PUMP-00000', { id: 'pump-00000', life: 'issued' }],
        ]),
      )
    })
  })

  describe('what services have seen', () => {
    test('a connection delivers, a message reports, and nothing brings back what is retired', async () => {
      await add('pump-1', 'pump-2', 'pump-3')
      await state.noteSeen([
        { device: 'PUMP-1', at: 2000, messages: 0 },
        { device: 'pump-2', at: 3000, messages: 4 },
        { device: 'pump-3', at: 4000, messages: 4 },
      ])
      await write((to) => to.setLife(['pump-3'], 'retired'))
      const devices = await registry.devices({ includeRetired: true })
      expect(devices.map(({ id, life, lastSeen }) => [id, life, lastSeen])).toEqual([
        ['pump-1', 'delivered', 2000],
        ['pump-2', 'reported', 3000],
        ['pump-3', 'retired', 4000],
      ])
      expect((await registry.known(['pump-2'])).get('pump-2')?.life).toBe('issued')
    })

    test('who was seen and is not registered is unknown, the latest first', async () => {
      await add('pump-1')
      await state.noteSeen([
        { device: 'Pump-1', at: 1, messages: 1 },
        { device: 'stray-1', at: 2, messages: 1 },
        { device: 'stray-2', at: 3, messages: 0 },
      ])
      expect(await registry.unknown()).toStrictEqual([
        { id: 'stray-2', lastSeen: 3 },
        { id: 'stray-1', lastSeen: 2 },
      ])
      expect(await registry.unknown({ limit: 1 })).toHaveLength(1)
      await add('STRAY-2')
      expect(await registry.unknown()).toHaveLength(1)
    })
  })

  describe('certificates', () => {
    test('one is there as it was added', async () => {
      const record = certificate('0A1B', { notBefore: 5, notAfter: 4_102_444_800_000 })
      await write((to) => to.addCertificates([record]))
      expect(await registry.certificates()).toEqual([record])
    })

    test('they are found by every property, by serial, in pages', async () => {
      await write((to) =>
        to.addCertificates([
          certificate('C3', { subject: 'Pump-1', notAfter: 3000 }),
          certificate('A1', { subject: 'pump-2', notAfter: 1000 }),
          certificate('B2', { subject: 'op.alice', profile: 'operator', issuer: 'staff', notAfter: 2000 }),
        ]),
      )
      expect(await serials()).toEqual(['A1', 'B2', 'C3'])
      expect(await serials({ subject: 'pump-1' })).toEqual(['C3'])
      expect(await serials({ serial: 'B2' })).toEqual(['B2'])
      expect(await serials({ issuer: 'devices' })).toEqual(['A1', 'C3'])
      expect(await serials({ profile: 'operator' })).toEqual(['B2'])
      expect(await serials({ endsBefore: 2000 })).toEqual(['A1'])
      expect(await serials({ limit: 2 })).toEqual(['A1', 'B2'])
      expect(await serials({ limit: 2, after: 'B2' })).toEqual(['C3'])
    })

    test('who holds a good one is known of any number of names, whatever else they held', async () => {
      await write((to) =>
        to.addCertificates([
          certificate('A1', { subject: 'renewed', notAfter: 2000 }),
          certificate('A2', { subject: 'renewed', notAfter: 2000 }),
          certificate('B1', { subject: 'revoked', notAfter: 2000 }),
          certificate('C1', { subject: 'ended', notAfter: 1000 }),
          certificate('D1', { subject: 'Good-1', notAfter: 1001 }),
        ]),
      )
      await write((to) => to.revokeCertificates(['A1', 'B1'], 50))
      const many = Array.from({ length: 25_000 }, (_, index) => `nobody-${index}`)
      const asked = ['renewed', 'revoked', 'ended', ...many, 'good-1']
      expect(await registry.certified(asked, 1000)).toEqual(new Set(['renewed', 'good-1']))
      expect(await registry.certified([], 1000)).toEqual(new Set())
    })

    test('the first revocation stands', async () => {
      await write((to) => to.addCertificates([certificate('A1'), certificate('B2')]))
      await write((to) => to.revokeCertificates(['A1'], 50, 'keyCompromise'))
      await write((to) => to.revokeCertificates(['A1', 'B2'], 60, 'superseded'))
      const revoked = await registry.certificates({ revoked: true })
      expect(revoked.map(({ revokedReason }) => revokedReason)).toEqual(['keyCompromise', 'superseded'])
      expect(revoked.map(({ serial, revokedAt }) => [serial, revokedAt])).toEqual([
        ['A1', 50],
        ['B2', 60],
      ])
      expect(await serials({ revoked: false })).toEqual([])
    })

    test('a serial that nobody issued cannot be revoked', async () => {
      await write((to) => to.addCertificates([certificate('A1')]))
      const unknown = expect.objectContaining({ code: 'CERTIFICATE_UNKNOWN' })
      await expect(write((to) => to.revokeCertificates(['A1', 'FF'], 50))).rejects.toEqual(unknown)
      expect(await serials({ revoked: true })).toEqual([])
    })

    test('no serial is given out twice', async () => {
      await write((to) => to.addCertificates([certificate('A1')]))
      await expect(
        write((to) => to.addCertificates([certificate('B2'), certificate('A1')])),
      ).rejects.toThrow()
      expect(await serials()).toEqual(['A1'])
    })

    test('more rows than one statement takes are written whole', async () => {
      const many = Array.from({ length: 1234 }, (_, index) => certificate(String(index).padStart(4, '0')))
      await write((to) => to.addCertificates(many))
      expect(await serials()).toEqual(many.map(({ serial }) => serial))
    })
  })

  describe('changes', () => {
    test('what fails leaves nothing behind: no row, no audit', async () => {
      await add('pump-1')
      const before = await registry.verifyAudit()
      const failing = write(async (to) => {
        await to.setBlocked(['pump-1'], true)
        throw new Error('in the middle')
      })
      await expect(failing).rejects.toThrow('in the middle')
      expect(await registry.barred()).toEqual([])
      expect(await registry.verifyAudit()).toEqual(before)
    })

    test('what a change returns comes back; inside, it sees its own rows', async () => {
      const device = await write(async (to) => {
        await to.addDevices([{ id: 'pump-1', life: 'registered', tags: {} }])
        return to.device('PUMP-1')
      })
      expect(device).toStrictEqual({ id: 'pump-1', life: 'registered' })
    })

    test('nobody reads what is not committed', async () => {
      await write(async (to) => {
        await to.addDevices([{ id: 'pump-1', life: 'issued', tags: {} }])
        expect(await registry.countDevices()).toBe(0)
      })
      expect(await registry.countDevices()).toBe(1)
    })

    test('its statements do not work after it', async () => {
      const late = await write((to) => Promise.resolve({ to }))
      await expect(late.to.addDevices([{ id: 'pump-1', life: 'issued', tags: {} }])).rejects.toThrow()
      expect(await registry.countDevices()).toBe(0)
    })

    test('those of one process happen in the order they were asked for', async () => {
      const subjects = Array.from({ length: 50 }, (_, index) => `change ${index}`)
      await Promise.all(
        subjects.map((subject) => registry.change('op.a', { action: 'a', subject }, () => Promise.resolve())),
      )
      expect((await registry.auditLog()).map((row) => row.subject)).toEqual(subjects)
    })

    test('the version changes with every commit of anybody, and with nothing else', async () => {
      const other = await databases.openRegistry()
      const versions = [await registry.version()]
      await add('pump-1')
      versions.push(await registry.version())
      await other.change('op.bob', ENTRY, (to) => to.setBlocked(['pump-1'], true))
      versions.push(await registry.version())
      expect(new Set(versions).size).toBe(3)
      await state.noteSeen([{ device: 'pump-1', at: 1, messages: 1 }])
      await write(() => Promise.reject(new Error('no'))).catch(() => {})
      expect(await registry.version()).toBe(versions[2])
    })
  })

  describe('batches', () => {
    const fingerprints = Uint8Array.from({ length: 16 }, (_, index) => 255 - index)
    const lot = { action: 'device.provision', actor: 'op.alice', rows: 2, digest: 'ab', fingerprints }
    const begun = { ...lot, name: 'Lot-1', startedAt: 1000, finishedAt: undefined, done: 0, failed: {} }

    test('one is there as it was begun, whatever the case it is asked for in', async () => {
      await write((to) => to.addBatch({ ...lot, name: 'Lot-1' }))
      expect(await registry.batch('lot-1')).toEqual(begun)
      expect(await registry.batch('lot-2')).toBeUndefined()
      await expect(write((to) => to.addBatch({ ...lot, name: 'LOT-1' }))).rejects.toEqual(
        expect.objectContaining({ code: 'BATCH_EXISTS', exitCode: 2 }),
      )
    })

    test('what it has done adds up over its runs, and an end counts until it goes on', async () => {
      await write((to) => to.addBatch({ ...lot, name: 'Lot-1' }))
      await write((to) => to.advanceBatch('lot-1', 1))
      clock.time = 2000
      await write((to) => to.finishBatch('lot-1', { ROW_RETIRED: 1 }))
      const finished = { done: 1, finishedAt: 2000, failed: { ROW_RETIRED: 1 } }
      expect(await registry.batch('Lot-1')).toEqual({ ...begun, ...finished })
      await write((to) => to.advanceBatch('lot-1', 1))
      expect(await registry.batch('Lot-1')).toMatchObject({ done: 2, finishedAt: undefined })
    })

    test('what is not there cannot go on or end', async () => {
      const unknown = expect.objectContaining({ code: 'BATCH_UNKNOWN', exitCode: 4 })
      await expect(write((to) => to.advanceBatch('lot-1', 1))).rejects.toEqual(unknown)
      await expect(write((to) => to.finishBatch('lot-1', {}))).rejects.toEqual(unknown)
    })

    test('the youngest come first, without their fingerprints', async () => {
      for (const name of ['a', 'c', 'b']) {
        clock.time += 1
        await write((to) => to.addBatch({ ...lot, name }))
      }
      const listed = await registry.batches()
      expect(listed.map(({ name }) => name)).toEqual(['b', 'c', 'a'])
      expect(listed[0]).not.toHaveProperty('fingerprints')
      expect(await registry.batches({ limit: 1 })).toEqual(listed.slice(0, 1))
    })
  })

  describe('the audit', () => {
    test('who did what, when and with which details, in order', async () => {
      clock.time = 7000
      const details = { devices: ['pump-1'], note: '\ud800', nested: { b: 1, a: null } }
      await registry.change('op.alice', { action: 'a', subject: 'x\u0000\ud800', details }, () =>
        Promise.resolve(),
      )
      await registry.change('op.bob', { action: 'b', subject: 'y' }, () => Promise.resolve())
      const log = await registry.auditLog()
      expect(log.map(({ hash: _hash, ...row }) => row)).toEqual([
        { sequence: 1, at: 7000, actor: 'op.alice', action: 'a', subject: 'x\u0000\ufffd', details },
        { sequence: 2, at: 7000, actor: 'op.bob', action: 'b', subject: 'y' },
      ])
      expect(await registry.auditLog({ after: 1 })).toEqual(log.slice(1))
      expect(await registry.auditLog({ limit: 1 })).toEqual(log.slice(0, 1))
      expect(await registry.verifyAudit()).toEqual({ rows: 2, head: log[1]!.hash })
    })

    test('an empty one holds', async () => {
      expect(await registry.verifyAudit()).toEqual({ rows: 0, head: '' })
    })

    test('its last rows are read in order, too', async () => {
      for (let index = 0; index < 3; index++) await registry.change('op.a', ENTRY, () => Promise.resolve())
      const log = await registry.auditLog()
      expect(await registry.auditLog({ limit: 2, last: true })).toEqual(log.slice(1))
      expect(await registry.auditLog({ last: true })).toEqual(log)
    })

    test('a hash that was its head is found, and one that never was is not', async () => {
      await registry.change('op.a', ENTRY, () => Promise.resolve())
      const { head } = await registry.verifyAudit()
      await registry.change('op.a', ENTRY, () => Promise.resolve())
      expect(await registry.verifyAudit(head)).toMatchObject({ rows: 2, headAt: 1 })
      expect(await registry.verifyAudit('0'.repeat(64))).not.toHaveProperty('headAt')
    })

    test('a long one is verified to its end', async () => {
      for (let index = 0; index < 1100; index++) await registry.change('op.a', ENTRY, () => Promise.resolve())
      const { rows, brokenAt } = await registry.verifyAudit()
      expect({ rows, brokenAt }).toEqual({ rows: 1100, brokenAt: undefined })
    })
  })
})
