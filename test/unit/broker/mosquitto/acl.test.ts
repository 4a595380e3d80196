import { describe, expect, test } from 'vitest'
import { devicesAcl, staffAcl } from '../../../../src/lib/broker/mosquitto/acl.ts'
import { deviceRules, staffRules } from '../../../../src/lib/mqtt/rules.ts'

const block = (text: string, user: string): readonly string[] =>
  (text.split('\n\n').find((part) => part.startsWith(`user ${user}\n`)) ?? '').trim().split('\n').slice(1)

describe('the ACL files of mosquitto', () => {
  test('are the table of rules, line by line', () => {
    const devices = devicesAcl('acme', [])
      .split('\n')
      .filter((line) => line.startsWith('pattern '))
    expect(devices).toEqual(
      deviceRules('acme', '%u').map(({ access, filter }) => `pattern ${access} ${filter}`),
    )
    const staff = staffAcl('acme', ['op.alice'])
    for (const name of ['svc.ingest', 'svc.broker', 'op.alice']) {
      expect(block(staff, name)).toEqual(
        staffRules('acme', name).map(({ access, filter }) => `topic ${access} ${filter}`),
      )
    }
  })

  test('refuse a barred device everything, $aws included', () => {
    expect(block(devicesAcl('acme', ['p1', 'AA:BB']), 'AA:BB')).toEqual(['topic deny #', 'topic deny $aws/#'])
  })

  test('give no operator anything that they were not told of', () => {
    expect(staffAcl('acme', [])).not.toContain('user op.')
  })

  test('take no line from outside', () => {
    const evil = 'x\ntopic readwrite #'
    expect(devicesAcl('acme', [evil])).toBe(devicesAcl('acme', []))
    expect(staffAcl('acme', [evil, 'p1'])).toBe(staffAcl('acme', []))
  })
})
