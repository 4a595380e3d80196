/** What is said of a device on `presence/<fleet>/<id>`, retained: by itself, by its will, or by who put it out. */
export interface Presence {
  readonly state: 'online' | 'offline'
  /** Milliseconds since 1970; in a will, when the connection began. */
  readonly ts: number
  /**
   * Names the connection, so that the late will of an older one is not taken for news. Absent where it is said of all
   * of its connections.
   */
  readonly session?: string
  /** Why the broker has put it out; a device that leaves by itself gives none. */
  readonly reason?: 'blocked' | 'revoked'
}

export function encodePresence({ state, ts, session, reason }: Presence): string {
  return JSON.stringify({ state, ts, session, reason })
}

/** Whether a retained presence says already that its device was put out. From outside: it may be anything. */
export function saysWhyOut(payload: Uint8Array): boolean {
  try {
    const said = JSON.parse(Buffer.from(payload).toString()) as Partial<Presence> | null
    return said?.state === 'offline' && (said.reason === 'blocked' || said.reason === 'revoked')
  } catch {
    return false
  }
}
