/** What a device says of itself on `presence/<fleet>/<id>`, retained; the will says `offline` (design §5). */
export interface Presence {
  readonly state: 'online' | 'offline'
  /** Milliseconds since 1970; in a will, when the connection began. */
  readonly ts: number
  /** Names the connection, so that the late will of an older one is not taken for news. */
  readonly session: string
}

export function encodePresence({ state, ts, session }: Presence): string {
  return JSON.stringify({ state, ts, session })
}
