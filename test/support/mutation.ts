import * as fc from 'fast-check'

/** A small change to bytes, as a bad line, a bad tool or bad intent makes it. */
export interface Mutation {
  readonly kind: 'flip' | 'cut' | 'insert' | 'drop' | 'copy'
  /** Taken modulo the length. */
  readonly at: number
  readonly byte: number
  readonly length: number
}

export const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('flip', 'cut', 'insert', 'drop', 'copy'),
  at: fc.nat(),
  byte: fc.integer({ min: 0, max: 255 }),
  length: fc.integer({ min: 1, max: 40 }),
})

export function mutateAll(bytes: Buffer, mutations: readonly Mutation[]): Buffer {
  return mutations.reduce(mutate, bytes)
}

function mutate(bytes: Buffer, { kind, at, byte, length }: Mutation): Buffer {
  const place = at % (bytes.length + 1)
  const before = bytes.subarray(0, place)
  const after = bytes.subarray(place)
  if (kind === 'cut') return before
  if (kind === 'insert') return Buffer.concat([before, Buffer.of(byte), after])
  if (kind === 'drop') return Buffer.concat([before, after.subarray(length)])
  if (kind === 'copy') return Buffer.concat([before, after.subarray(0, length), after])
  return Buffer.concat([before, Buffer.of(byte), after.subarray(1)])
}
