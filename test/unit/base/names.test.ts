import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  checkDeviceId,
  deviceIdToPath,
  isDeviceId,
  isFleetName,
  isStaffName,
  pathToDeviceId,
} from '../../../src/lib/base/names.ts'

const deviceIds = fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9:_-]{0,63}$/).filter(isDeviceId)

describe('device ids', () => {
  test.each(['pump-0001', '8C:4B:14:09:2E:11', 'A', 'x'.repeat(64)])('%s is one', (id) => {
    expect(isDeviceId(id)).toBe(true)
  })
  test.each(['', '-a', 'a.b', 'svc.ingest', 'a/b', 'a+', '#', 'a b', 'ä', 'x'.repeat(65), 'silent', 'NOT'])(
    '%j is none',
    (id) => {
      expect(isDeviceId(id)).toBe(false)
      expect(() => checkDeviceId(id)).toThrow(expect.objectContaining({ code: 'DEVICE_ID' }))
    },
  )
  test('no device id can be the CN of staff', () => {
    fc.assert(fc.property(deviceIds, (id) => !isStaffName(id)))
  })
  test('as the name of a folder and back', () => {
    fc.assert(
      fc.property(deviceIds, (id) => {
        expect(deviceIdToPath(id)).not.toContain(':')
        expect(pathToDeviceId(deviceIdToPath(id))).toBe(id)
      }),
    )
  })
  test.each(['..', '.staging-1', 'a%3', 'a:b'])('folder %j is no device', (name) => {
    expect(pathToDeviceId(name)).toBeUndefined()
  })
})

test.each(['a', 'acme-prod', 'a_1', 'z'.repeat(32)])('%s is a fleet name', (name) => {
  expect(isFleetName(name)).toBe(true)
})
test.each(['', 'A', '1a', '-a', 'a/b', 'z'.repeat(33), 'a\n'])('%j is no fleet name', (name) => {
  expect(isFleetName(name)).toBe(false)
})
