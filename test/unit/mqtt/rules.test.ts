import { assert, constantFrom, property, stringMatching } from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  deviceRules,
  mayPublish,
  mayReceive,
  maySubscribe,
  SERVICE_ROLES,
  staffRules,
} from '../../../src/lib/mqtt/rules.ts'

const id = stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9:_-]{0,8}$/)
const TOPICS = [
  'dt/acme/ID',
  'dt/acme/ID/a/b',
  '$aws/rules/r/dt/acme/ID',
  'presence/acme/ID',
  'cmd/acme/ID/open/request',
  'cmd/acme/ID/open/response',
  '$aws/things/ID/shadow/update',
  '$aws/things/ID/shadow/update/accepted',
  '$aws/things/ID/shadow/update/delta',
  '$aws/things/ID/shadow/name/n/get',
  '$aws/things/ID/shadow/name/n/get/rejected',
  '$aws/things/ID/jobs/start-next',
  '$aws/things/ID/jobs/$next/get',
  '$aws/things/ID/jobs/$next/get/accepted',
  '$aws/things/ID/jobs/notify',
  '$aws/things/ID/streams/s/get/json',
  '$aws/things/ID/streams/s/data/json',
  '$aws/things/ID/defender/metrics/cbor',
  '$aws/things/ID/defender/metrics/cbor/accepted',
] as const
const topicOf = (pattern: string, device: string): string => pattern.replace('ID', () => device)

describe('the rules', () => {
  test('let a device touch nothing that carries another id', () => {
    assert(
      property(id, id, constantFrom(...TOPICS), (own, other, pattern) => {
        if (own === other) return
        const rules = deviceRules('acme', own)
        const foreign = topicOf(pattern, other)
        expect(mayPublish(rules, foreign) || mayReceive(rules, foreign)).toBe(false)
        expect(maySubscribe(rules, foreign)).toBe(false)
      }),
    )
  })

  test('let a device either say a thing or hear it, never both', () => {
    assert(
      property(id, constantFrom(...TOPICS), (own, pattern) => {
        const rules = deviceRules('acme', own)
        const topic = topicOf(pattern, own)
        expect(mayPublish(rules, topic)).not.toBe(mayReceive(rules, topic))
      }),
    )
  })

  test('have for everything that a device says somebody who hears it, and the other way round', () => {
    const staff = [...SERVICE_ROLES.map((role) => `svc.${role}`), 'op.alice'].map((name) =>
      staffRules('acme', name),
    )
    const device = deviceRules('acme', 'p1')
    for (const pattern of TOPICS) {
      const topic = topicOf(pattern, 'p1')
      const isHeard = staff.some((rules) => mayReceive(rules, topic))
      const isSaid = staff.some((rules) => mayPublish(rules, topic))
      expect([topic, isHeard || isSaid]).toEqual([topic, true])
      if (mayPublish(device, topic)) expect([topic, isHeard]).toEqual([topic, true])
      else expect([topic, isSaid]).toEqual([topic, true])
    }
  })

  test('keep another fleet out', () => {
    const rules = [
      ...deviceRules('acme', 'p1'),
      ...staffRules('acme', 'op.alice'),
      ...staffRules('acme', 'svc.ingest'),
    ]
    for (const topic of [
      'dt/other/p1',
      'presence/other/p1',
      'cmd/other/p1/x/request',
      'ctl/other/ingest/status',
    ]) {
      expect(mayPublish(rules, topic) || mayReceive(rules, topic)).toBe(false)
    }
  })

  test('give a service its own role and no more', () => {
    const ingest = staffRules('acme', 'svc.ingest')
    expect(mayReceive(ingest, 'dt/acme/p1/x')).toBe(true)
    expect(mayReceive(ingest, 'ctl/acme/ingest/flush/request')).toBe(true)
    expect(mayPublish(ingest, 'ctl/acme/ingest/status')).toBe(true)
    expect(mayReceive(ingest, 'ctl/acme/broker/reload/request')).toBe(false)
    expect(mayPublish(ingest, 'ctl/acme/broker/status')).toBe(false)
    expect(mayPublish(ingest, 'cmd/acme/p1/open/request')).toBe(false)
    expect(mayPublish(ingest, 'dt/acme/p1')).toBe(false)
  })

  test('give nothing to a name that is neither an operator nor a service; to an unknown role its own topics', () => {
    expect(staffRules('acme', 'p1')).toEqual([])
    expect(staffRules('acme', 'ingest')).toEqual([])
    const roles = ['own', 'constructor', '__proto__', 'backup']
    for (const role of roles) {
      const filters = staffRules('acme', `svc.${role}`).map(({ filter }) => filter)
      expect(filters.every((filter) => filter.startsWith(`ctl/acme/${role}/`))).toBe(true)
    }
  })

  test('refuse a subscription only when it can bring nothing', () => {
    const rules = deviceRules('acme', 'p1')
    for (const filter of [
      '#',
      'cmd/#',
      '+/acme/p1/#',
      '$aws/#',
      '$aws/things/+/shadow/#',
      '$aws/things/p1/jobs/#',
    ])
      expect([filter, maySubscribe(rules, filter)]).toEqual([filter, true])
    for (const filter of [
      'dt/#',
      'cmd/acme/p2/#',
      '$SYS/#',
      '$share/g/cmd/acme/p1/+/request',
      '$aws/rules/#',
    ])
      expect([filter, maySubscribe(rules, filter)]).toEqual([filter, false])
  })
})
