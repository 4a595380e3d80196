import { type CertificateView, certificateView, type DeviceView, deviceView, isoTime } from './device-view.ts'
import type { Fleet } from './fleet.ts'
import { type CourseView, lastHourOf } from './last-hour.ts'
import type { LatestView } from './latest-view.ts'
import { latestView } from './latest-view.ts'
import { selectOne } from './select-devices.ts'

/** Everything that is known of one device. */
export interface DeviceDetails extends DeviceView {
  readonly certificates: readonly CertificateView[]
  readonly latest: readonly LatestView[]
  /** The course of its numbers. */
  readonly lastHour: readonly CourseView[]
  /** Connections under its name that were turned away. */
  readonly refused: readonly RefusedView[]
}

export interface RefusedView {
  readonly reason: string
  readonly address: string
  readonly count: number
  readonly first: string
  readonly last: string
}

/** @throws what `selectOne` throws */
export async function showDevice(
  fleet: Fleet,
  words: readonly string[],
  now: number,
): Promise<DeviceDetails> {
  const registry = await fleet.registry()
  const device = await selectOne(fleet, words)
  const [certificates, latest, lastHour, refused] = await Promise.all([
    registry.certificates({ subject: device.id }),
    latestOf(fleet, device.id),
    courseOf(fleet, device.id, now),
    refusedOf(fleet, device.id),
  ])
  return { ...deviceView(device), certificates: certificates.map(certificateView), latest, lastHour, refused }
}

async function latestOf(fleet: Fleet, id: string): Promise<LatestView[]> {
  const store = await fleet.telemetry()
  return (await store.latest({ devices: [id] })).map(latestView)
}

async function courseOf(fleet: Fleet, id: string, now: number): Promise<CourseView[]> {
  const courses = await lastHourOf(await fleet.telemetry(), { devices: [id] }, now)
  return courses.map(({ metric, means }) => ({ metric, means }))
}

async function refusedOf(fleet: Fleet, id: string): Promise<RefusedView[]> {
  const state = await fleet.state()
  const all = await state.refused({ identity: id })
  return all.map(({ reason, address, count, first, last }) => ({
    reason,
    address,
    count,
    first: isoTime(first),
    last: isoTime(last),
  }))
}
