import { isDeviceId } from '../base/names.ts'

/** Every topic that flotilla speaks is built and parsed here, both ways. */

const RULES_PREFIX = '$aws/rules/'

export interface TelemetryTopic {
  readonly fleet: string
  readonly device: string
  /** Levels behind the device, empty ones too: the head of every metric's name. */
  readonly channel: readonly string[]
  /** The rule of Basic Ingest, when the message came behind `$aws/rules/<rule>/`. */
  readonly rule?: string
}

/** `dt/<fleet>/<device>[/<channel…>]` */
export function telemetryTopic(fleet: string, device: string, channel: readonly string[] = []): string {
  return ['dt', fleet, device, ...channel].join('/')
}

/** The inverse of {@link telemetryTopic}, with or without `$aws/rules/<rule>/` in front; undefined for anything else. */
export function parseTelemetryTopic(topic: string): TelemetryTopic | undefined {
  if (topic.startsWith(RULES_PREFIX)) {
    const end = topic.indexOf('/', RULES_PREFIX.length)
    if (end <= RULES_PREFIX.length) return undefined
    const inner = parsePlain(topic.slice(end + 1))
    return inner === undefined ? undefined : { ...inner, rule: topic.slice(RULES_PREFIX.length, end) }
  }
  return parsePlain(topic)
}

function parsePlain(topic: string): TelemetryTopic | undefined {
  const [root, fleet, device, ...channel] = topic.split('/')
  if (root !== 'dt' || !fleet || !device || !isDeviceId(device)) return undefined
  return { fleet, device, channel }
}

/** The filters under which all telemetry of a fleet arrives: plain, and through Basic Ingest. */
export function telemetryFilters(fleet: string): readonly string[] {
  return [`dt/${fleet}/+/#`, `${RULES_PREFIX}+/dt/${fleet}/+/#`]
}

/** The same for one device. */
export function deviceTelemetryFilters(fleet: string, device: string): readonly string[] {
  return [`dt/${fleet}/${device}/#`, `${RULES_PREFIX}+/dt/${fleet}/${device}/#`]
}

/** `presence/<fleet>/<device>`: retained, with a will. */
export function presenceTopic(fleet: string, device: string): string {
  return `presence/${fleet}/${device}`
}

/** The device of a presence topic; undefined for anything else. */
export function parsePresenceTopic(
  topic: string,
): { readonly fleet: string; readonly device: string } | undefined {
  const [root, fleet, device, ...rest] = topic.split('/')
  if (root !== 'presence' || !fleet || !device || rest.length > 0 || !isDeviceId(device)) return undefined
  return { fleet, device }
}

/** `cmd/<fleet>/<device>/<name>/request|response` */
export function commandTopic(
  fleet: string,
  device: string,
  name: string,
  part: 'request' | 'response',
): string {
  return `cmd/${fleet}/${device}/${name}/${part}`
}

/** The name of the command that a topic asks for; undefined for anything else. */
export function parseCommandRequest(topic: string): string | undefined {
  const [root, fleet, device, name, part, ...rest] = topic.split('/')
  if (root !== 'cmd' || !fleet || !device || part !== 'request' || rest.length > 0) return undefined
  return name
}

/** `ctl/<fleet>/<role>/<verb>/request|response`: operators talk to services. */
export function controlTopic(
  fleet: string,
  role: string,
  verb: string,
  part: 'request' | 'response',
): string {
  return `ctl/${fleet}/${role}/${verb}/${part}`
}

/** `ctl/<fleet>/<role>/status`: retained, what a service says of itself. */
export function serviceStatusTopic(fleet: string, role: string): string {
  return `ctl/${fleet}/${role}/status`
}

/** The role and verb of a control request; undefined for anything else. */
export function parseControlRequest(
  topic: string,
): { readonly role: string; readonly verb: string } | undefined {
  const [root, , role, verb, part, ...rest] = topic.split('/')
  if (root !== 'ctl' || !role || !verb || part !== 'request' || rest.length > 0) return undefined
  return { role, verb }
}
