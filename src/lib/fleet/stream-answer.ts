/** The answer to one line, in the order of the lines. */
export type StreamAnswer = { readonly line: number } & StreamOutcome

export type StreamOutcome =
  | FailedAnswer
  | CertifiedAnswer
  | { readonly id: string; readonly state: 'delivered' }

export interface FailedAnswer {
  /** Where the line named one. */
  readonly id?: string
  readonly state: 'failed'
  readonly field?: string
  readonly code: string
  readonly message: string
}

export interface CertifiedAnswer {
  readonly id: string
  /** `already`: as an earlier line, or another run, has left it. */
  readonly state: 'issued' | 'already'
  /** Of the certificate; null where the credential does not lie in this directory. */
  readonly serial: string | null
  readonly notAfter: string | null
  /** PEM: what the device shows, its own certificate first. */
  readonly chain: string | null
}

/** How many lines came to which answer. */
export type StreamTally = Readonly<Record<StreamOutcome['state'], number>>
