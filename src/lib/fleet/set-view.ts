import type { KeptSet } from '../registry/kept-set.ts'
import { isoTime } from './device-view.ts'
import type { Fleet } from './fleet.ts'

/** A kept set as `--json` shows it. */
export interface SetView {
  readonly name: string
  /** What chose its devices, as it was typed. */
  readonly selector: string
  readonly devices: number
  readonly actor: string
  readonly keptAt: string
}

export interface SetListing {
  readonly sets: readonly SetView[]
}

export function setView({ keptAt, ...set }: KeptSet): SetView {
  return { ...set, keptAt: isoTime(keptAt) }
}

export async function listSets(fleet: Fleet): Promise<SetListing> {
  const registry = await fleet.registry()
  return { sets: (await registry.sets()).map(setView) }
}
