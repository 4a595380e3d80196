/** What a listener trusts: CA certificates, and a CRL of every one of them (with one missing, everybody is refused). PEM. */
export interface Trust {
  readonly certificates: readonly string[]
  readonly crls: readonly string[]
}

/** All that a broker needs to know who may come in; PEM. */
export interface BrokerTrust {
  /** What the broker shows: key (secret) and chain. */
  readonly server: { readonly key: string; readonly chain: string }
  /** Behind the listener for devices: the device root and the issuing CA. */
  readonly devices: Trust
  /** Behind the listener for staff: the staff CA alone. */
  readonly staff: Trust
}

/** Who may come in now. */
export interface Admission {
  readonly trust: BrokerTrust
  /** Devices that may not pass although their certificate is good: blocked or retired. */
  readonly barred: readonly string[]
  /**
   * CNs of all operators (`op.…`): a broker whose rules are files must know them beforehand. The embedded broker knows
   * an operator by the certificate.
   */
  readonly operators?: readonly string[]
  /**
   * Whose revoked certificates are: a broker that cannot see the serial of a live session finds it by this. Without
   * it such a session lasts until it ends by itself; none is begun any more.
   */
  readonly revoked?: readonly RevokedHolder[]
}

export interface RevokedHolder {
  /** Upper-case hex. */
  readonly serial: string
  /** CN. */
  readonly subject: string
}

/** How a device's MQTT client id relates to the CN of its certificate (design §3). */
export type ClientIdRule = 'cn' | 'prefix' | 'any'

export interface BrokerSettings {
  readonly fleet: string
  /** Address to listen on. */
  readonly bind: string
  /** Devices; 0: any free port (embedded only). */
  readonly port: number
  /** Operators and services. */
  readonly staffPort: number
  readonly clientId: ClientIdRule
}

export type BrokerEvent =
  | {
      readonly event: 'connected' | 'disconnected'
      readonly client: string
      readonly kind: 'device' | 'staff'
      /** How it ended, as far as the broker tells. */
      readonly reason?: EndReason
    }
  | {
      readonly event: 'refused'
      /** CN as far as it is known, else the address. From outside: never shown raw. */
      readonly identity: string
      /** A stable word: see {@link RefusedReason}. */
      readonly reason: RefusedReason
      readonly address: string
      /** Read from the broker's log, which knows an address and no name. */
      readonly source?: 'log'
      /** What was to be published, for the reason `topic`. From outside as well. */
      readonly topic?: string
      /** How large the packet was to be, for the reason `size`. */
      readonly bytes?: number
    }

export type EndReason =
  /** It said DISCONNECT. */
  | 'goodbye'
  /** The connection broke, or it just left. */
  | 'lost'
  /** Nothing came for one and a half times its keep-alive. */
  | 'keep-alive'
  /** It came again under the same client id. */
  | 'taken-over'
  /** It may not stay: blocked, revoked. */
  | 'evicted'
  /** It broke the rules of MQTT. */
  | 'protocol'
  /** The broker itself ended. */
  | 'broker'

/** Why somebody was turned away; the words that `broker refused` and the state use. */
export type RefusedReason =
  | 'no-certificate'
  | 'expired'
  | 'not-yet-valid'
  | 'unknown-ca'
  /** A good certificate for the other of the two ports. */
  | 'wrong-port'
  | 'wrong-purpose'
  | 'revoked'
  | 'bad-certificate'
  | 'bad-name'
  | 'client-id'
  | 'blocked'
  | 'protocol'
  /** A packet larger than the broker takes. */
  | 'size'
  | 'topic'

/** A broker that `flotilla up` runs: embedded in its process, or mosquitto as its child. */
export interface ServedBroker extends AsyncDisposable {
  readonly kind: 'embedded' | 'mosquitto'
  readonly port: number
  readonly staffPort: number
  /**
   * Takes over who may come in and ends the live sessions of those who may not any more; within 5 s nothing of theirs
   * passes either way. Resolves with whose sessions were ended, a name
   * once for each session.
   */
  apply(admission: Admission): Promise<readonly string[]>
  /** Open connections of devices, where the broker can tell. */
  connections(): number | undefined
  /** Resolves when the broker has ended by itself; never for a disposed one. */
  readonly failed: Promise<Error>
}
