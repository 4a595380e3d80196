import { isDeviceId } from '../base/names.ts'
import type { AuditRow } from '../registry/registry.ts'
import type { CHANGE_KINDS, DeviceEvent } from '../telemetry/events.ts'

type ChangeKind = (typeof CHANGE_KINDS)[number]
type Details = Readonly<Record<string, unknown>>

const OF_DEVICES: Readonly<Record<string, ChangeKind>> = {
  'device.block': 'blocked',
  'device.unblock': 'unblocked',
  'device.remove': 'retired',
  'device.import': 'issued',
}

/**
 * What a row of the audit log says about the lives of devices. Its number is the events' `seq`: the log is where they
 * come from, so they can be written again at any time, and how far the store has come stands in the store.
 */
export function changeEvents({
  action,
  sequence,
  at,
  actor,
  details = {},
}: AuditRow): readonly DeviceEvent[] {
  const event = (kind: ChangeKind, device: string | undefined, more: Details = {}): DeviceEvent => ({
    at: at * 1000,
    device,
    kind,
    seq: sequence,
    body: { by: actor, ...more },
  })
  const kind = OF_DEVICES[action]
  if (kind !== undefined) return names(details['devices']).map((device) => event(kind, device))
  if (action === 'cert.revoke')
    return revoked(details).map(([device, more]) => event('revoked', device, more))
  if (action !== 'device.provision') return []
  const { first, last, count, batch } = details
  const more = batch === undefined ? {} : { batch }
  // A row of a batch stands for thousands: it says from where to where, not each of them.
  if (count === 1 && typeof first === 'string') return [event('issued', first, more)]
  return [event('issued', undefined, { ...more, first, last, count })]
}

function names(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.filter((name) => typeof name === 'string') : []
}

/** Of devices, and not of servers and staff: those have a dot, or a name that `broker.hosts` holds. */
function revoked({ certificates, reason }: Details): readonly (readonly [string, Details])[] {
  const list: readonly Details[] = Array.isArray(certificates) ? certificates : []
  return list
    .map(({ subject, serial }) => [String(subject), { serial, reason }] as const)
    .filter(([subject]) => isDeviceId(subject))
}
