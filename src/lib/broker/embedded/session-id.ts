import type { ClientIdRule } from '../broker.ts'
import type { Peer } from './peer.ts'

/** AWS allows as many bytes, and takes no longer one. */
const LONGEST = 128

export interface ConnectRequest {
  /** As the client sent it; may be empty. */
  readonly clientId: string
  readonly clean: boolean
}

/**
 * Under which name the broker keeps a client's session; undefined: the client id is refused. A name begins with the
 * CN of the certificate, so whatever id a client chooses, it takes over, or drains, no session but its own.
 */
export function sessionId(
  rule: ClientIdRule,
  { kind, name }: Peer,
  { clientId, clean }: ConnectRequest,
): string | undefined {
  // MQTT-3.1.3-7, -8: without an id the broker gives one, and only a clean session may have none.
  if (clientId === '') return clean ? name : undefined
  if (clientId === name) return name
  if (Buffer.byteLength(clientId) > LONGEST) return undefined
  const own = `${name}/${clientId}` // no CN of ours carries a slash
  if (kind === 'staff' || rule === 'any') return own
  return rule === 'prefix' && clientId.startsWith(`${name}-`) ? own : undefined
}
