/** Why a message cannot be stored: stable words, as `telemetry deadletters` and `tail` show them. */
export type RejectionReason =
  /** No telemetry topic of this fleet. */
  | 'topic'
  | 'empty'
  /** Larger than a payload may be. */
  | 'size'
  /** Neither text nor any other encoding that is known. */
  | 'utf8'
  | 'json'
  | 'cbor'
  /** A SenML pack that breaks a rule of RFC 8428. */
  | 'senml'
  /** A bare number that is none: NaN, infinite. */
  | 'number'
  /** Nested too deeply, too many values, a name too long. */
  | 'limits'
  /** The event time cannot be read. */
  | 'time'
  /** The event time lies outside of what is accepted. */
  | 'clock'
  /** Its device has more metrics than one may have. */
  | 'metrics'
  /** The store will not take it, now or later. */
  | 'store'

export interface Rejection {
  readonly rejected: RejectionReason
  /** What is wrong and where. May quote the device: never print it raw. */
  readonly detail: string
}

export function reject(rejected: RejectionReason, detail: string): Rejection {
  return { rejected, detail }
}

export function isRejection(value: object): value is Rejection {
  return 'rejected' in value
}

/** The beginning of text from a device, so that a dead letter's detail stays one short line. */
export function excerpt(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}

/** The same in quotes, with what cannot be seen escaped. */
export function quote(text: string): string {
  return JSON.stringify(excerpt(text))
}
