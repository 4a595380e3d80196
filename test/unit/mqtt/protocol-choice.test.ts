import { expect, test } from 'vitest'
import { nextProtocol } from '../../../src/lib/mqtt/protocol-choice.ts'

test.each(['MQTT_VERSION', 'BROKER_REFUSED', 'BROKER_PROTOCOL'])(
  '%s may mean that MQTT 5 is not spoken',
  (code) => {
    expect(nextProtocol(5, code)).toBe(4)
  },
)

test.each(['BROKER_UNREACHABLE', 'BROKER_UNTRUSTED', 'BROKER_BUSY'])(
  '%s says nothing of the version',
  (code) => {
    expect(nextProtocol(5, code)).toBe(5)
  },
)

test('when 3.1.1 failed too, the version was not the reason', () => {
  expect(nextProtocol(4, 'BROKER_REFUSED')).toBe(5)
})
