import { expect, test } from 'vitest'
import { ExitCode } from '../../../src/lib/base/errors.ts'
import { connackFailure, disconnectFailure } from '../../../src/lib/mqtt/connack.ts'

test.each([
  [1, 'MQTT_VERSION', ExitCode.refused],
  [2, 'MQTT_CLIENT_ID', ExitCode.refused],
  [3, 'BROKER_BUSY', ExitCode.unreachable],
  [4, 'BROKER_REFUSED', ExitCode.refused],
  [5, 'BROKER_REFUSED', ExitCode.refused],
  [0x84, 'MQTT_VERSION', ExitCode.refused],
  [0x85, 'MQTT_CLIENT_ID', ExitCode.refused],
  [0x87, 'BROKER_REFUSED', ExitCode.refused],
  [0x89, 'BROKER_BUSY', ExitCode.unreachable],
  [0xff, 'BROKER_REFUSED', ExitCode.refused],
])('CONNACK %i is %s', (code, name, exitCode) => {
  expect(connackFailure(code)).toMatchObject({ code: name, exitCode, layer: 'mqtt' })
})

test.each([
  [0x8e, 'MQTT_TAKEN_OVER'],
  [0x87, 'BROKER_REFUSED'],
  [0x8b, 'BROKER_LOST'],
])('DISCONNECT %i is %s', (code, name) => {
  expect(disconnectFailure(code).code).toBe(name)
})
