import type { LifeState, StoredLife } from './device.ts'

/** What services have seen of a device: whether it ever sent a message, or only connected. */
export interface Heard {
  readonly messages: number
}

/**
 * How far a device has come: what the registry stores, carried on by what services have seen. A connection delivers,
 * a message reports, and nothing brings back what is retired.
 */
export function lifeOf(stored: StoredLife, heard: Heard | undefined): LifeState {
  if (stored === 'retired' || heard === undefined) return stored
  return heard.messages > 0 ? 'reported' : 'delivered'
}
