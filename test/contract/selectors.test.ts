import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseSelector } from '../../src/lib/registry/parse-selector.ts'
import type { Registry } from '../../src/lib/registry/registry.ts'
import type { Selector } from '../../src/lib/registry/selector.ts'
import type { State } from '../../src/lib/registry/state.ts'
import { type Databases, DRIVERS } from './registry-drivers.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const NOW = 1000 * DAY
const ENTRY = { action: 'test', subject: 'test' }

describe.each(DRIVERS)('what a selector chooses on $name', ({ make }) => {
  let databases: Databases
  let registry: Registry
  let state: State

  beforeEach(async () => {
    databases = await make({ now: () => NOW })
    state = await databases.openState()
    registry = await databases.openRegistry()
  })
  afterEach(() => databases[Symbol.asyncDispose]())

  const add = (tags: Readonly<Record<string, string>>, ...ids: readonly string[]) =>
    registry.change('op.a', ENTRY, (to) => to.addDevices(ids.map((id) => ({ id, life: 'issued', tags }))))
  const chosen = async (text: string, more = {}): Promise<string> => {
    const selector = parseSelector([text])
    const devices = await registry.devices({ selector, ...more })
    if (!('limit' in more)) expect(await registry.countDevices({ selector, ...more })).toBe(devices.length)
    return devices.map(({ id }) => id).join(' ')
  }
  /** Six messages, a minute apart, the last one so long ago. */
  const hear = async (device: string, ago: number) => {
    for (let message = 5; message >= 0; message--)
      await state.noteSeen([{ device, at: NOW - ago - message * MINUTE, messages: 1 }])
  }
  const certify = async (subject: string, serial: string, notAfter: number) =>
    registry.change('op.a', ENTRY, (to) =>
      to.addCertificates([
        { subject, serial, notAfter, notBefore: 0, thumbprint: serial, profile: 'device', issuer: 'devices' },
      ]),
    )

  test('ids, with stars for any characters, in whatever spelling', async () => {
    await add({}, 'pump-1', 'Pump-10', 'meter_1', 'meterx1')
    expect(await chosen('PUMP-*')).toBe('pump-1 Pump-10')
    expect(await chosen('*_1')).toBe('meter_1')
    expect(await chosen('*1,pump-10')).toBe('meter_1 meterx1 pump-1 Pump-10')
    expect(await chosen('all and not *-*')).toBe('meter_1 meterx1')
  })

  test('versions, numbers and text of tags; who has no such tag fulfils no comparison', async () => {
    for (const [id, fw] of Object.entries({ a: '2.3.9', b: '2.4', c: '2.4.0-rc1', d: '2.10', e: 'beta' }))
      await add({ fw, '"; --': fw }, id)
    await add({}, 'bare')
    expect(await chosen('fw below 2.4')).toBe('a c')
    expect(await chosen('fw at least 2.4')).toBe('b d')
    expect(await chosen('fw above 2')).toBe('a b c d')
    expect(await chosen('fw below beta')).toBe('a b c d')
    expect(await chosen('fw like 2.*')).toBe('a b c d')
    expect(await chosen('fw is not 2.4,beta')).toBe('a c d')
    expect(await chosen('not fw in 2.4 beta')).toBe('a bare c d')
    expect(await chosen('not fw below 2.4')).toBe('b bare d e')
    expect(await chosen('"\\"; --" below 2.4')).toBe('a c')
  })

  test('a decimal that may be a version or a number is asked back, where the devices differ by it', async () => {
    for (const [id, level] of Object.entries({ a: '2.3', b: '2.10' })) await add({ level, fw: level }, id)
    await expect(chosen('all and level below 2.4')).rejects.toMatchObject({
      code: 'SELECTOR_AMBIGUOUS',
      message:
        '"level below 2.4" may mean a version or a number: 2.10 fulfils it as a number, and not as a version.',
      hint: 'Say which: level below v2.4 for versions, level below +2.4 for numbers.',
    })
    expect(await chosen('level below v2.4')).toBe('a')
    expect(await chosen('level below +2.4')).toBe('a b')
    expect(await chosen('fw below 2.4')).toBe('a') // its name says versions
    await add({ level: '-1.5' }, 'c')
    expect(await chosen('level below 2.4')).toBe('a b c')
    await add({ level: '2.4.1' }, 'd')
    await expect(chosen('level below 2.4')).rejects.toMatchObject({ code: 'SELECTOR_AMBIGUOUS' })
  })

  test('"and" binds closer than "or", and what is not known of a device is not so', async () => {
    await add({ hall: 'A' }, 'a')
    await add({ hall: 'B', line: '3' }, 'b')
    await add({ line: '3' }, 'c')
    await hear('a', 0)
    expect(await chosen('hall=A or hall=B and line=3')).toBe('a b')
    expect(await chosen('(hall=A or hall=B) and line=3')).toBe('b')
    expect(await chosen('not (seen within 1h or hall=B)')).toBe('c')
    expect(await chosen('not (seen above 1h and hall=B)')).toBe('a b c')
    expect(await chosen('not not silent or not silent')).toBe('a b c')
  })

  test('silence is the one that the summary counts, at the same moment, for devices that are missed', async () => {
    await add({}, 'fine', 'quiet', 'long', 'blocked', 'ended', 'gone', 'never')
    await hear('fine', MINUTE)
    await hear('ended', 3 * HOUR)
    await certify('ended', 'AA', NOW - HOUR)
    await hear('quiet', 10 * MINUTE)
    for (const id of ['long', 'blocked', 'gone']) await hear(id, 3 * HOUR)
    await registry.change('op.a', ENTRY, async (to) => {
      await to.setBlocked(['blocked'], true)
      await to.setLife(['gone'], 'retired')
    })
    const more = { includeRetired: true }
    expect(await chosen('silent', more)).toBe('long quiet')
    expect(await chosen('silent 2h', more)).toBe('long')
    expect(await chosen('silent below 2h', more)).toBe('quiet')
    expect(await chosen('not silent', more)).toBe('blocked ended fine gone never')
    expect(await chosen('seen above 2h')).toBe('blocked ended long')
    expect(await chosen('not seen')).toBe('never')
    await fc.assert(
      fc.asyncProperty(fc.nat(4 * HOUR), async (back) => {
        const moments = { now: NOW, heardUntil: NOW - back }
        const { silent } = await registry.summary(moments.heardUntil)
        const selector: Selector = { kind: 'silent', bound: undefined }
        expect(await registry.countDevices({ selector, moments })).toBe(silent)
      }),
    )
  })

  test('certificates that end are those that are counted as ending', async () => {
    await add({}, 'later', 'soon', 'over', 'renewed', 'revoked', 'none', 'blocked')
    await certify('later', 'A', NOW + 400 * DAY)
    await certify('soon', 'B', NOW + 30 * DAY - 1)
    await certify('over', 'C', NOW - 1)
    await certify('renewed', 'D', NOW + DAY)
    await certify('renewed', 'E', NOW + 400 * DAY)
    await certify('revoked', 'F', NOW + DAY)
    await certify('revoked', 'G', NOW + 400 * DAY)
    await certify('blocked', 'H', NOW + DAY)
    await registry.change('op.a', ENTRY, async (to) => {
      await to.revokeCertificates(['G'], NOW)
      await to.setBlocked(['blocked'], true)
    })
    const ending = 'cert-ends below 30d and not blocked'
    expect(await chosen(ending)).toBe('over revoked soon')
    expect(await registry.endingCertificates({ before: NOW + 30 * DAY, limit: 1 })).toMatchObject({
      devices: 3,
    })
    expect(await chosen('cert-ends below 0s')).toBe('over')
    expect(await chosen('cert-ends above 1y')).toBe('later renewed')
    expect(await chosen('not cert-ends above 0s and not blocked')).toBe('none over')
  })

  test('a set is the devices that were in it when it was kept, and is not changed by accident', async () => {
    await add({ hall: 'A' }, 'a', 'b')
    const keep = (name: string, ids: readonly string[], replace = false) =>
      registry.change('op.alice', ENTRY, (to) =>
        to.keepSet({ name, ids, replace, selector: 'hall=A', actor: 'op.alice' }),
      )
    await keep('Night', ['a', 'B'])
    await registry.change('op.a', ENTRY, (to) => to.setTags(['a'], { hall: 'C' }))
    expect(await chosen('@night')).toBe('a b')
    expect(await chosen('in NIGHT and not hall=A')).toBe('a')
    await expect(keep('night', ['a'])).rejects.toMatchObject({ code: 'SET_EXISTS' })
    expect(await registry.sets()).toEqual([
      { name: 'Night', selector: 'hall=A', actor: 'op.alice', keptAt: NOW, devices: 2 },
    ])
    await keep('night', ['b'], true)
    expect(await chosen('@night')).toBe('b')
    await registry.change('op.a', ENTRY, (to) => to.setLife(['b'], 'retired'))
    expect(await chosen('@night')).toBe('')
    expect(await chosen('@night', { includeRetired: true })).toBe('b')
    await registry.change('op.a', ENTRY, (to) => to.removeSet('NIGHT'))
    expect([await registry.sets(), await chosen('@night', { includeRetired: true })]).toEqual([[], ''])
  })

  test('the longest selector that is understood is one that is answered', async () => {
    await add({ line: '3' }, 'a')
    const parts = Array.from({ length: 200 }, (_, index) => `line at least ${index}`)
    expect(await chosen(parts.join(' or '))).toBe('a')
    expect(await chosen(`${'not ('.repeat(24)}line=3${')'.repeat(24)}`)).toBe('a')
    const brackets = `${'(silent or '.repeat(50)}line=3${')'.repeat(50)}`
    expect(await chosen(brackets)).toBe('a')
  })
})
