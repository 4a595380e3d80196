import type { StoreState } from '../telemetry/ingest.ts'

/** What a service says while it runs: a line of NDJSON each, or the material of the live status on a terminal. */
export type ServiceEvent =
  | {
      readonly event: 'listening'
      readonly fleet: string
      readonly broker: string
      readonly host: string
      readonly port: number
      readonly staffPort: number
    }
  | {
      readonly event: 'serving'
      readonly fleet: string
      readonly roles: readonly string[]
      readonly host: string
      readonly port: number
      readonly staffPort: number
    }
  | { readonly event: 'connected' | 'disconnected'; readonly client: string }
  | {
      readonly event: 'refused'
      readonly identity: string
      readonly reason: string
      readonly address: string
      /** How large the packet was to be, for the reason `size`, where the broker tells. */
      readonly bytes?: number
    }
  | { readonly event: 'reloaded'; readonly barred: number; readonly evicted: readonly string[] }
  | ({ readonly event: 'store' } & StoreState)
  | { readonly event: 'link'; readonly state: 'online' | 'offline' | 'stalled'; readonly message?: string }
  | { readonly event: 'log'; readonly message: string }
  | ({ readonly event: 'status' } & ServiceStatus)
  | { readonly event: 'stopped'; readonly messages: number; readonly stored: number }

/** Counters since the service started. */
export interface ServiceStatus {
  /** Open connections of devices; null where the broker does not tell. */
  readonly connections: number | null
  readonly messages: number
  /** Measurements in the store. */
  readonly stored: number
  readonly deadLetters: number
  readonly refused: number
  /** Age of the oldest message that is not yet acknowledged, in milliseconds. */
  readonly lag: number
  /** Messages that are acknowledged and wait on the disk for the store. */
  readonly spooled: number
  /** Values that another of the same device, metric and time took the place of, in one batch. */
  readonly collapsed: number
}

export type EmitEvent = (event: ServiceEvent) => void
