/** Where a broker listens. The host is also the name that its certificate must carry. */
export interface BrokerAddress {
  readonly host: string
  readonly port: number
  /** What to do where nothing answers there, as a sentence; default: that `flotilla up` starts it. */
  readonly start?: string
}

/** What a client shows and trusts; PEM. */
export interface ClientCredential {
  /** PKCS#8; secret. */
  readonly key: string
  /** The leaf and its issuing CA. */
  readonly chain: string
  /** The root that the broker's certificate must lead to. */
  readonly anchor: string
}

/** MQTT 3.1.1 is protocol level 4. */
export type ProtocolLevel = 4 | 5

/** `host:port`, an IPv6 address in brackets. */
export function addressText({ host, port }: BrokerAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
