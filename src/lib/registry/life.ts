import type { LifeState, StoredLife } from './device.ts'
import type { Heard } from './rhythm.ts'

/**
 * How far a device has come: what the registry stores, carried on by what services have seen. A connection delivers,
 * a message reports, and nothing brings back what is retired.
 */
export function lifeOf(stored: StoredLife, heard: Pick<Heard, 'messages'> | undefined): LifeState {
  if (stored === 'retired' || heard === undefined) return stored
  return heard.messages > 0 ? 'reported' : 'delivered'
}
