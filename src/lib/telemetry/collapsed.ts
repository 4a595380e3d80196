import type { Measurement } from './measurement.ts'

/**
 * How many measurements of a batch another one of the same (device, metric, at) takes the place of, with another
 * value: the last one wins, and somebody should know. A repetition of the same value is a redelivery and no loss.
 */
export function countCollapsed(batch: readonly Measurement[]): number {
  const repeated = repeatedMoments(batch)
  if (repeated.size === 0) return 0
  let collapsed = 0
  const last = new Map<string, Measurement>()
  for (const measurement of batch) {
    if (repeated.get(measurement.device)?.has(measurement.at) !== true) continue
    const key = JSON.stringify([measurement.device, measurement.at, measurement.metric])
    const before = last.get(key)
    if (before !== undefined && (before.value !== measurement.value || before.text !== measurement.text))
      collapsed++
    last.set(key, measurement)
  }
  return collapsed
}

/**
 * Moments of a device at which something might be there twice; some of them in vain. Almost always there are none, and
 * finding that out costs one look for each sample, not for each of its values: a device's times usually only grow.
 */
function repeatedMoments(batch: readonly Measurement[]): ReadonlyMap<string, ReadonlySet<number>> {
  const repeated = new Map<string, Set<number>>()
  const newest = new Map<string, number>()
  for (let start = 0, end = 0; start < batch.length; start = end) {
    const { device, at } = batch[start]!
    end = endOfSample(batch, start)
    const last = newest.get(device)
    const grows = last === undefined || at > last
    if (grows) newest.set(device, at)
    if (!grows || hasTwice(batch, start, end)) addTo(repeated, device, at)
  }
  return repeated
}

function endOfSample(batch: readonly Measurement[], start: number): number {
  const { device, at } = batch[start]!
  let end = start + 1
  while (end < batch.length && batch[end]!.at === at && batch[end]!.device === device) end++
  return end
}

/** For the few metrics of a usual sample, comparing each with each costs less than a set. */
function hasTwice(batch: readonly Measurement[], start: number, end: number): boolean {
  if (end - start > 16) return new Set(batch.slice(start, end).map(({ metric }) => metric)).size < end - start
  for (let one = start; one < end; one++)
    for (let other = one + 1; other < end; other++)
      if (batch[one]!.metric === batch[other]!.metric) return true
  return false
}

function addTo(sets: Map<string, Set<number>>, device: string, at: number): void {
  const set = sets.get(device)
  if (set === undefined) sets.set(device, new Set([at]))
  else set.add(at)
}
