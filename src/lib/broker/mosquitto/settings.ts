import type { Admission, BrokerSettings } from '../broker.ts'

/** What the folder that mosquitto is started from is made of. */
export interface MosquittoSettings extends BrokerSettings {
  readonly admission: Admission
  /** Absolute; the configuration names every file by it. */
  readonly folder: string
  /** The system user that a mosquitto started as root becomes. */
  readonly user: string
}
