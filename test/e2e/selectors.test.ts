import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AuditListing } from '../../src/lib/fleet/audit.ts'
import type { BarResult } from '../../src/lib/fleet/bar-devices.ts'
import type { DeviceListing } from '../../src/lib/fleet/list-devices.ts'
import type { SetListing } from '../../src/lib/fleet/set-view.ts'
import type { DeviceDetails } from '../../src/lib/fleet/show-device.ts'
import type { FleetStatus } from '../../src/lib/fleet/status.ts'
import type { TagResult } from '../../src/lib/fleet/tag-devices.ts'
import { openSqliteRegistry } from '../../src/lib/registry/sqlite/registry.ts'
import { openSqliteState } from '../../src/lib/registry/sqlite/state.ts'
import { TestFleet } from '../support/fleet.ts'

const MINUTE = 60_000
const DAY = 1440 * MINUTE

/** What needs no broker. */
describe('devices chosen by what is known of them', () => {
  let fleet: TestFleet
  const stateFile = () => path.join(fleet.folder, 'data/state.db')
  const ids = async (...words: readonly string[]) => {
    const { devices } = await fleet.json<DeviceListing>('device', 'list', ...words)
    return devices.map(({ id }) => id)
  }
  const refusal = async (...args: readonly string[]) => {
    const { code, stdout } = await fleet.run(...args, '--json')
    const { error } = JSON.parse(stdout) as { error: { code: string; message: string; hint: string } }
    return { exit: code, ...error }
  }

  beforeAll(async () => {
    fleet = await TestFleet.make()
    await fleet.json('device', 'provision', '--count', '4', '--prefix', 'pump', '--tag', 'fw=2.10.0')
    await fleet.json('device', 'tag', 'pump-0001,pump-0002', 'fw=2.3.1')
    await using state = await openSqliteState({ stateFile: stateFile(), migrate: false })
    for (const [device, ago] of [
      ['pump-0001', 180],
      ['pump-0002', 0],
      ['pump-0003', 180],
    ] as const)
      for (let message = 5; message >= 0; message--)
        await state.noteSeen([{ device, at: Date.now() - (ago + message) * MINUTE, messages: 1 }])
  })
  afterAll(() => fleet?.[Symbol.asyncDispose]())

  /** What a line of the status suggests, run. */
  const suggested = async ({ findings }: FleetStatus, code: string) => {
    const { next = '' } = findings.find((one) => one.code === code) ?? {}
    expect(next).toMatch(/^flotilla device list /)
    return ids(...next.split(' ').slice(3))
  }
  const status = async () => JSON.parse((await fleet.run('status', '--json')).stdout) as FleetStatus

  test('a selector is typed as words, without a quote', async () => {
    expect(await ids('fw', 'below', '2.4', 'and', 'silent', '2h')).toEqual(['pump-0001'])
    expect(await ids('not seen or pump-0002')).toEqual(['pump-0002', 'pump-0004'])
    expect((await fleet.run('device', 'list', 'silnt')).stderr).toContain('Did you mean silent?')
  })

  test('status suggests the selector that chooses what it counts, and as many', async () => {
    await using registry = await openSqliteRegistry({
      registryFile: path.join(fleet.folder, 'data/registry.db'),
      stateFile: stateFile(),
      migrate: false,
    })
    // Who has no good one any more would not be missed.
    const serials = (await registry.certificates({ profile: 'device' }))
      .filter(({ subject }) => subject !== 'pump-0003')
      .map(({ serial }) => serial)
    await registry.change('op.a', { action: 'test', subject: 'test' }, async (to) => {
      await to.revokeCertificates(serials, Date.now())
      await to.addCertificates(
        ['pump-0001', 'pump-0002'].map((subject) => ({
          ...{ subject, serial: subject, thumbprint: subject, profile: 'device', issuer: 'devices' },
          ...{ notBefore: 0, notAfter: Date.now() + 20 * DAY },
        })),
      )
      await to.setBlocked(['pump-0002'], true)
    })
    const now = await status()
    expect(now.devices.silent).toBe(2)
    expect(await suggested(now, 'DEVICES_SILENT')).toEqual(['pump-0001', 'pump-0003'])
    expect(now.certificates.endingDevices).toBe(1)
    expect(await suggested(now, 'CERTIFICATES_ENDING')).toEqual(['pump-0001'])
  })

  test('while ingest is dead, silence is what it was when ingest was heard last', async () => {
    await using state = await openSqliteState({ stateFile: stateFile(), migrate: false })
    const died = Date.now() - 179 * MINUTE
    const note = { role: 'ingest', host: 'elsewhere', pid: 1, startedAt: 0, stopped: false, lag: 0 }
    await state.noteServices([{ ...note, at: died, failing: undefined }])
    const { devices } = await status()
    expect([devices.silent, await ids('silent')]).toEqual([0, []])
    await state.noteServices([{ ...note, at: Date.now(), failing: undefined }])
    expect(await ids('silent')).toEqual(['pump-0001', 'pump-0003'])
  })

  test('a set is kept with a row of the audit, means the same devices later, and is not overwritten unasked', async () => {
    const { kept, total } = await fleet.json<DeviceListing>('device', 'list', 'silent', '--keep', 'night')
    expect([kept, total]).toEqual(['night', 2])
    await fleet.json('device', 'tag', '@night', 'looked=1')
    expect(await ids('@night and looked=1')).toEqual(['pump-0001', 'pump-0003'])
    const { entries } = await fleet.json<AuditListing>('audit', 'log')
    expect(entries.find(({ action }) => action === 'set.keep')).toMatchObject({
      subject: '@night',
      details: { selector: 'silent', devices: 2 },
    })
    expect(await refusal('device', 'list', 'all', '--keep', 'night')).toMatchObject({
      exit: 2,
      code: 'SET_EXISTS',
    })
    await fleet.json('device', 'list', 'pump-0004', '--keep', 'night', '--replace')
    expect(await ids('@night')).toEqual(['pump-0004'])
    expect(await refusal('device', 'block', '@nigth')).toMatchObject({
      exit: 4,
      code: 'SET_UNKNOWN',
      hint: 'Did you mean @night?',
    })
    expect(await refusal('device', 'list', 'hall=Z', '--keep', 'none')).toMatchObject({
      exit: 4,
      code: 'NOTHING_SELECTED',
    })
  })

  test('a set is removed by name, with what keeps it again, and its devices stay', async () => {
    await fleet.json('device', 'list', 'pump-0001,pump-0004', '--keep', 'gone')
    expect(await refusal('set', 'remove', 'gone')).toMatchObject({ exit: 2, code: 'CONFIRM' })
    const { code, stdout } = await fleet.run('set', 'remove', '@gone', '--yes')
    expect(code).toBe(0)
    expect(stdout).toContain('@gone removed: it named 2 devices, chosen by: pump-0001,pump-0004')
    const undo = /Undo: flotilla (.*) --fleet \S+ (.*)/.exec(stdout)!
    expect(await refusal('device', 'list', '@gone')).toMatchObject({ exit: 4, code: 'SET_UNKNOWN' })
    await fleet.json(...undo.slice(1).flatMap((words) => words.split(' ')))
    expect(await ids('@gone')).toEqual(['pump-0001', 'pump-0004'])
    expect(await fleet.json('set', 'remove', 'GONE', '--yes')).toMatchObject({
      name: 'gone',
      ids: ['pump-0001', 'pump-0004'],
    })
    const { sets } = await fleet.json<SetListing>('set', 'list')
    expect(sets.map(({ name }) => name)).not.toContain('gone')
    const { entries } = await fleet.json<AuditListing>('audit', 'log')
    expect(entries.findLast(({ action }) => action === 'set.remove')).toMatchObject({
      subject: '@gone',
      details: { devices: 2 },
    })
  })

  test('ids come on standard input, and a line that is none is named', async () => {
    const input = 'pump-0001\n\npump-0003, pump-0004\r\n'
    const tagged = await fleet.jsonWith<TagResult>(input, 'device', 'tag', '-', 'wave=1')
    expect(tagged.devices).toEqual(['pump-0001', 'pump-0003', 'pump-0004'])
    const blocked = await fleet.jsonWith<BarResult>(input, 'device', 'block', '-', 'and', 'silent')
    expect(blocked.devices).toEqual(['pump-0001', 'pump-0003'])
    await expect(fleet.jsonWith('pump-0001\npump 0?\n', 'device', 'tag', '-', 'wave=1')).rejects.toThrow(
      /SELECTOR_INPUT.*line 2: \\"0\?\\" is no id/,
    )
    await expect(fleet.jsonWith('', 'device', 'tag', '-', 'wave=1')).rejects.toThrow('NOTHING_SELECTED')
  })

  test('one device is shown by whatever chooses one', async () => {
    const shown = await fleet.json<DeviceDetails>('device', 'show', 'not seen and wave=1')
    expect(shown.id).toBe('pump-0004')
    expect(await refusal('device', 'show', 'pump-*')).toMatchObject({ exit: 2, code: 'SELECTOR_MANY' })
  })
})
