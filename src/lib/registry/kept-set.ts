import { UsageError } from '../base/errors.ts'

/** Devices that were chosen once and kept under a name: `@name` means them from then on, whatever becomes of them. */
export interface KeptSet {
  readonly name: string
  /** What chose them, as text. */
  readonly selector: string
  readonly devices: number
  /** CN of who kept it. */
  readonly actor: string
  /** Milliseconds since 1970. */
  readonly keptAt: number
}

export interface NewSet {
  readonly name: string
  readonly selector: string
  readonly actor: string
  readonly ids: readonly string[]
  /** Whether another of this name goes for it. */
  readonly replace: boolean
}

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_-]{0,47}$/

export function isSetName(text: string): boolean {
  return NAME.test(text)
}

/** @throws UsageError `SET_NAME` */
export function checkSetName(text: string): string {
  if (isSetName(text)) return text
  throw new UsageError('SET_NAME', `${JSON.stringify(text)} cannot be the name of a set.`, {
    hint: 'Use a letter or digit, then up to 47 letters, digits, "_" or "-".',
  })
}
