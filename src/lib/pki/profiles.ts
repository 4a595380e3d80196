import { type AlternativeName, extKeyUsage, keyUsage } from './extensions.ts'
import { hostName } from './host-name.ts'

/** What a certificate of ours is for (RFC 5280 §4.2.1.3, §4.2.1.12). */
export type Profile = 'device' | 'server' | 'operator' | 'service'

/** keyUsage digitalSignature: TLS 1.2 with ECDHE and TLS 1.3 need nothing else. */
const DIGITAL_SIGNATURE = 0

const CLIENT = Buffer.concat([keyUsage(DIGITAL_SIGNATURE), extKeyUsage('clientAuth')])
const SERVER = Buffer.concat([keyUsage(DIGITAL_SIGNATURE), extKeyUsage('serverAuth')])

/** The extensions that every certificate of the profile carries alike, encoded once. */
export function profileExtensions(profile: Profile): Buffer {
  return profile === 'server' ? SERVER : CLIENT
}

/**
 * The subjectAltName of a certificate. A server's are its hosts (RFC 9525), never none. A client's is a URN that says fleet and
 * role: an id with `:` in it is no DNS name, and MQTT brokers take the CN anyway.
 */
export function alternativeNames(
  profile: Profile,
  fleet: string,
  subject: string,
  hosts: readonly string[],
): readonly AlternativeName[] {
  if (profile === 'server') return (hosts.length === 0 ? [subject] : hosts).map(hostName)
  return [{ kind: 'uri', value: `urn:flotilla:${fleet}:${profile}:${subject}` }]
}
