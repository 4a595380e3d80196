import { expect, test } from 'vitest'
import { nextAfterProvision, provisionText } from '../../../src/lib/cli/provision-text.ts'
import type { ProvisionResult } from '../../../src/lib/fleet/provision-result.ts'
import { paintAt } from '../../../src/lib/ui/paint.ts'

const paint = paintAt(0)
const result: ProvisionResult = {
  rows: 2,
  issued: 1,
  already: 0,
  failed: 1,
  codes: { ROW_CASE: 1 },
  stopped: false,
  dryRun: false,
  digest: '00',
  batch: null,
  folder: '/fleet/devices',
  layout: 'folders',
  devices: [
    { id: 'p1', state: 'failed', code: 'ROW_CASE', message: 'differs\u001b[2J' },
    { id: 'p2', state: 'issued', serial: '01', notAfter: '2036-11-22T00:00:00.000Z' },
  ],
  check: null,
  otherTags: [],
}

test('failures are named, without what could steer the terminal', () => {
  const [counts, bad] = provisionText(result, {}, paint).split('\n')
  expect(counts).toBe('1 issued · 1 failed')
  expect(bad).toBe('  BAD p1 differs\\x1b[2J (ROW_CASE)')
})

test('one device that fails is said once, by the failure', () => {
  expect(
    provisionText({ ...result, rows: 1, issued: 0, devices: result.devices.slice(0, 1) }, {}, paint),
  ).toBe('')
})

test('where the credentials are names no key that is not there', () => {
  const [, issued] = result.devices
  const asked = { ...issued, id: 'p3', csr: true } as const
  const text = (...devices: ProvisionResult['devices']) => provisionText({ ...result, devices }, {}, paint)
  expect(text(issued!)).toMatch(/\{key,cert,chain,ca\}\.pem$/)
  expect(text(asked as ProvisionResult['devices'][number])).toMatch(
    /<id>.\{cert,chain,ca\}\.pem \(whoever made a request has its key\)$/,
  )
})

test('what a broker says of a device that it refuses cannot steer the terminal', () => {
  const failed = [{ id: 'p2', code: 'MQTT_REFUSED', message: 'no\u0007' }]
  const check = { tried: 1, keyless: 0, failed }
  expect(provisionText({ ...result, check }, {}, paint)).toContain('BAD p2 no\\x07 (MQTT_REFUSED)')
})

test('tags that were not set come with the command that sets them, quoted for the shell', () => {
  const text = provisionText({ ...result, otherTags: ['p3', 'p4'] }, { note: "it's", hall: 'B' }, paint)
  expect(text).toContain(
    "The tags of 2 devices were not changed: flotilla device tag p3,p4 'note=it'\\''s' hall=B",
  )
})

test.each([
  [{}, 'flotilla device show p2'],
  [{ devices: [], batch: 'lot' }, 'flotilla batch show lot'],
  [{ devices: [] }, 'flotilla device list --limit 20'],
  [{ dryRun: true }, undefined],
  [{ issued: 0 }, undefined],
])('with %j what follows is %s', (change, next) => {
  expect(nextAfterProvision({ ...result, ...change })).toBe(next)
})
