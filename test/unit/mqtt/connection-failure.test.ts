import { describe, expect, test } from 'vitest'
import {
  connectionFailure,
  connectionLost,
  connectionTimedOut,
} from '../../../src/lib/mqtt/connection-failure.ts'
import type { DialStage } from '../../../src/lib/mqtt/dial.ts'

const broker = { host: 'mqtt.acme.example', port: 8883 }
const errorOf = (code: string): Error =>
  Object.assign(new Error('\u001b[31mwords of somebody else'), { code })

const CASES: readonly (readonly [string, DialStage, string, string])[] = [
  ['ENOTFOUND', 'tcp', 'BROKER_UNREACHABLE', 'dns'],
  ['EAI_AGAIN', 'tcp', 'BROKER_UNREACHABLE', 'dns'],
  ['ECONNREFUSED', 'tcp', 'BROKER_UNREACHABLE', 'tcp'],
  ['EHOSTUNREACH', 'tcp', 'BROKER_UNREACHABLE', 'tcp'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'tls', 'BROKER_UNTRUSTED', 'certificate'],
  ['CERT_NOT_YET_VALID', 'tls', 'BROKER_UNTRUSTED', 'clock'],
  ['CERT_HAS_EXPIRED', 'tls', 'BROKER_UNTRUSTED', 'clock'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls', 'BROKER_NAME', 'certificate'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls', 'BROKER_TLS', 'tls'],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'tls', 'BROKER_REFUSED', 'certificate'],
  ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED', 'mqtt', 'BROKER_REFUSED', 'certificate'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'mqtt', 'BROKER_REFUSED', 'certificate'],
  ['ECONNRESET', 'mqtt', 'BROKER_REFUSED', 'certificate'],
]

test.each(CASES)('%s in stage %s is %s, layer %s', (code, stage, name, layer) => {
  expect(connectionFailure(errorOf(code), stage, broker)).toMatchObject({ code: name, layer })
})

test('a certificate without the name is good still: the command that issues it again needs --force', () => {
  expect(connectionFailure(errorOf('ERR_TLS_CERT_ALTNAME_INVALID'), 'tls', broker).hint).toContain(
    'flotilla cert issue server --force',
  )
})

test.each(CASES)('%s: what others wrote does not reach the message', (code, stage) => {
  const { message, hint } = connectionFailure(errorOf(code), stage, broker)
  expect(`${message} ${hint}`).not.toMatch(/somebody else/)
})

test('a revoked certificate is called revoked', () => {
  const failure = connectionFailure(errorOf('ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED'), 'mqtt', broker)
  expect(failure.message).toContain('revoked')
})

describe('an open connection', () => {
  test('that is reset is lost, not refused', () => {
    expect(connectionLost(errorOf('ECONNRESET'), broker).code).toBe('BROKER_LOST')
  })
  test('that ends with an alert about the certificate is refused', () => {
    expect(connectionLost(errorOf('ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED'), broker).code).toBe(
      'BROKER_REFUSED',
    )
  })
})

test('a deadline says what was waited for, and for how long', () => {
  expect(connectionTimedOut('mqtt', broker, 2500).message).toBe(
    'mqtt.acme.example:8883: no CONNACK within 2.5 s.',
  )
  expect(connectionTimedOut('tcp', { host: '::1', port: 1 }, 1000).message).toContain('[::1]:1')
})
