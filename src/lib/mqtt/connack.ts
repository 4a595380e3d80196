import { type FlotillaError, RefusedError, UnreachableError } from '../base/errors.ts'

type Answer = readonly [kind: 'refused' | 'unreachable', code: string, text: string]

const version: Answer = ['refused', 'MQTT_VERSION', 'the broker does not speak this version of MQTT']
const clientId: Answer = ['refused', 'MQTT_CLIENT_ID', 'the broker does not accept this client id']
const denied: Answer = ['refused', 'BROKER_REFUSED', 'not authorised']
const busy: Answer = ['unreachable', 'BROKER_BUSY', 'the broker is not available now']

/** MQTT 3.1.1 §3.2.2.3 (1–5) and MQTT 5 §3.2.2.2 (from 0x80). */
const ANSWERS: Readonly<Record<number, Answer>> = {
  1: version,
  2: clientId,
  3: busy,
  4: denied,
  5: denied,
  0x84: version,
  0x85: clientId,
  0x86: denied,
  0x87: denied,
  0x88: busy,
  0x89: busy,
  0x8a: denied,
  0x8c: denied,
  0x97: busy,
  0x9f: busy,
}

/** Why a CONNACK with this code (not 0) refuses. The broker's own reason string is not shown. */
export function connackFailure(code: number): FlotillaError {
  const [kind, name, text] = ANSWERS[code] ?? denied
  const message = `The broker refused the connection: ${text} (CONNACK 0x${code.toString(16).padStart(2, '0')}).`
  if (kind === 'unreachable') return new UnreachableError(name, message, { layer: 'mqtt' })
  return new RefusedError(name, message, {
    layer: 'mqtt',
    hint: 'The broker names the reason: flotilla broker refused',
  })
}

/** Why an MQTT 5 broker ended an open connection (§3.14.2.1). */
export function disconnectFailure(code: number): FlotillaError {
  const reason = `0x${code.toString(16).padStart(2, '0')}`
  if (code === 0x8e) {
    return new UnreachableError(
      'MQTT_TAKEN_OVER',
      'Another client has connected with this client id and taken the session over.',
      { layer: 'mqtt' },
    )
  }
  if (code === 0x87 || code === 0x98) {
    return new RefusedError('BROKER_REFUSED', `The broker ended the connection (${reason}).`, {
      layer: 'mqtt',
    })
  }
  return new UnreachableError('BROKER_LOST', `The broker ended the connection (${reason}).`, {
    layer: 'mqtt',
  })
}
