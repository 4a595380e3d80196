import { healthTopics, jobTopics, shadowTopics } from './device-api-topics.ts'
import { filtersOverlap } from './filter-overlap.ts'
import { topicMatches } from './topic-filter.ts'
import {
  commandTopic,
  controlTopic,
  deviceTelemetryFilters,
  presenceTopic,
  serviceStatusTopic,
} from './topics.ts'

/** `read`: what comes to the client; `write`: what it may publish. */
export type Access = 'read' | 'write'

export interface Rule {
  readonly filter: string
  readonly access: Access
}

interface Row {
  /** `id`: the device's own, or `+` for staff. `role`: the service's own, or `+` for operators. */
  readonly topics: (fleet: string, id: string, role: string) => readonly string[]
  readonly device?: Access
  /** Roles that may touch it; `own`: every service, on topics of its own role. */
  readonly services?: Readonly<Record<string, Access>>
  readonly operators?: Access
}

/**
 * Who may do what: every broker has its rules from here. What is not said is forbidden. A device touches only topics
 * that carry its own id.
 */
const TABLE: readonly Row[] = [
  {
    topics: (fleet, id) => deviceTelemetryFilters(fleet, id),
    device: 'write',
    services: { ingest: 'read' },
    operators: 'read',
  },
  {
    topics: (fleet, id) => [presenceTopic(fleet, id)],
    device: 'write',
    services: { ingest: 'read', broker: 'write' }, // broker: says of a device that is put out that it is offline
    operators: 'read',
  },
  {
    topics: (fleet, id) => [commandTopic(fleet, id, '+', 'request')],
    device: 'read',
    operators: 'write',
  },
  {
    topics: (fleet, id) => [commandTopic(fleet, id, '+', 'response')],
    device: 'write',
    operators: 'read',
  },
  {
    topics: (_, id) => shadowTopics(id).requests,
    device: 'write',
    services: { shadow: 'read' },
    operators: 'write',
  },
  {
    topics: (_, id) => shadowTopics(id).answers,
    device: 'read',
    services: { shadow: 'write' },
    operators: 'read',
  },
  {
    topics: (_, id) => jobTopics(id).requests,
    device: 'write',
    services: { jobs: 'read' },
    operators: 'read',
  },
  {
    topics: (_, id) => jobTopics(id).answers,
    device: 'read',
    services: { jobs: 'write' },
    operators: 'read',
  },
  {
    topics: (_, id) => healthTopics(id).requests,
    device: 'write',
    services: { health: 'read' },
    operators: 'read',
  },
  {
    topics: (_, id) => healthTopics(id).answers,
    device: 'read',
    services: { health: 'write' },
    operators: 'read',
  },
  {
    topics: (fleet, _, role) => [controlTopic(fleet, role, '+', 'request')],
    services: { own: 'read' },
    operators: 'write',
  },
  {
    topics: (fleet, _, role) => [controlTopic(fleet, role, '+', 'response'), serviceStatusTopic(fleet, role)],
    services: { own: 'write' },
    operators: 'read',
  },
]

/** Services that the table knows; any other one has only its own control topics. */
export const SERVICE_ROLES = ['broker', 'ingest', 'shadow', 'jobs', 'health'] as const

/** @param id a device's id, or the variable that a broker puts it in for (`%u`) */
export function deviceRules(fleet: string, id: string): readonly Rule[] {
  return TABLE.flatMap((row) => grant(row.device, row.topics(fleet, id, '+')))
}

/** @param name CN: `op.…` or `svc.<role>`; anything else may do nothing */
export function staffRules(fleet: string, name: string): readonly Rule[] {
  if (name.startsWith('op.')) {
    return TABLE.flatMap((row) => grant(row.operators, row.topics(fleet, '+', '+')))
  }
  if (!name.startsWith('svc.')) return []
  const role = name.slice('svc.'.length)
  return TABLE.flatMap(({ topics, services = {} }) => {
    const access = services['own'] ?? (Object.hasOwn(services, role) ? services[role] : undefined)
    return grant(access, topics(fleet, '+', role))
  })
}

function grant(access: Access | undefined, filters: readonly string[]): readonly Rule[] {
  return access === undefined ? [] : filters.map((filter) => ({ filter, access }))
}

export function mayPublish(rules: readonly Rule[], topic: string): boolean {
  return rules.some(({ access, filter }) => access === 'write' && topicMatches(filter, topic))
}

/** Asked for each message and receiver, because a filter may be broader than what its subscriber may read. */
export function mayReceive(rules: readonly Rule[], topic: string): boolean {
  return rules.some(({ access, filter }) => access === 'read' && topicMatches(filter, topic))
}

/** Whether a subscription can bring anything; one wholly outside is a mistake or an attempt. */
export function maySubscribe(rules: readonly Rule[], filter: string): boolean {
  return rules.some((rule) => rule.access === 'read' && filtersOverlap(rule.filter, filter))
}
