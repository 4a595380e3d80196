import type { ProtocolLevel } from './broker-address.ts'

/** How brokers without MQTT 5 answer its CONNECT: with a code, by closing, or with bytes that MQTT 5 does not have. */
const PERHAPS_TOO_NEW: ReadonlySet<string> = new Set(['MQTT_VERSION', 'BROKER_REFUSED', 'BROKER_PROTOCOL'])

/**
 * What to speak at the next attempt, after one failed before its CONNACK (MQTT 5 §4.13 leaves the answer to the
 * broker). From 5 to 4 it is worth trying at once; back from 4 to 5 means that neither was the reason.
 */
export function nextProtocol(current: ProtocolLevel, failureCode: string): ProtocolLevel {
  if (current === 4) return 5
  return PERHAPS_TOO_NEW.has(failureCode) ? 4 : 5
}
