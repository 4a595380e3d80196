import type { TelemetryStore } from '../telemetry/store.ts'

/** How a number went. */
export interface CourseView {
  readonly metric: string
  /** Means of equal parts of the time, the oldest first; null where nothing came. */
  readonly means: readonly (number | null)[]
}

export interface DeviceCourse extends CourseView {
  readonly device: string
}

const HOUR = 3_600_000_000
/** Parts of the hour, five minutes each. */
const PARTS = 12

/** The course of every number of these devices. @param now milliseconds since 1970 */
export async function lastHourOf(
  store: TelemetryStore,
  chosen: { readonly devices: readonly string[]; readonly metrics?: readonly string[] | undefined },
  now: number,
): Promise<readonly DeviceCourse[]> {
  const interval = HOUR / PARTS
  const from = Math.floor((now * 1000) / interval - PARTS + 1) * interval // buckets begin at multiples
  const series = await store.buckets({ ...chosen, from, to: from + HOUR, interval })
  return series.map(({ device, metric, buckets }) => {
    const means = Array.from({ length: PARTS }, (): number | null => null)
    for (const { at, avg } of buckets) means[(at - from) / interval] = avg
    return { device, metric, means }
  })
}
