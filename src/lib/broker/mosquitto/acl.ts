import { isDeviceId, isStaffName } from '../../base/names.ts'
import { deviceRules, type Rule, SERVICE_ROLES, staffRules } from '../../mqtt/rules.ts'
import type { Admission } from '../broker.ts'

const SERVICES = SERVICE_ROLES.map((role) => `svc.${role}`)

/**
 * The rules of the listener for devices: patterns in which mosquitto puts the CN for `%u`, and a block for each name
 * that may do nothing. A refusal outweighs every pattern; `#` does not cover `$aws` (MQTT-4.7.2-1).
 */
export function devicesAcl(fleet: string, barred: Admission['barred']): string {
  const patterns = deviceRules(fleet, '%u').map(({ access, filter }) => `pattern ${access} ${filter}`)
  // A device CA signs no staff names; if one ever did, they are nobody here.
  const refused = [...SERVICES, ...barred.filter(isDeviceId)]
  return text([
    '# Devices: each may touch only topics with its own id.',
    ...patterns,
    ...refused.flatMap((name) => ['', `user ${name}`, 'topic deny #', 'topic deny $aws/#']),
  ])
}

/** The rules of the listener for staff: a block for each name. Whoever is not in it may do nothing. */
export function staffAcl(fleet: string, operators: readonly string[]): string {
  const names = [...SERVICES, ...operators.filter(isStaffName)]
  return text([
    '# Operators and services, by the CN of their certificates.',
    ...names.flatMap((name) => ['', `user ${name}`, ...staffRules(fleet, name).map(topicLine)]),
  ])
}

const topicLine = ({ access, filter }: Rule): string => `topic ${access} ${filter}`

const text = (lines: readonly string[]): string => `${lines.join('\n')}\n`
