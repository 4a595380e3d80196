import path from 'node:path'
import { UsageError } from '../../base/errors.ts'
import type { MosquittoSettings } from './settings.ts'

/** Names of the files in the folder. */
export const FILES = {
  configuration: 'mosquitto.conf',
  devicesAcl: 'devices.acl',
  staffAcl: 'staff.acl',
  key: 'server.key.pem',
  chain: 'server.chain.pem',
  devicesTrust: 'devices.ca.pem',
  devicesCrl: 'devices.crl.pem',
  staffTrust: 'staff.ca.pem',
  staffCrl: 'staff.crl.pem',
  readme: 'README.md',
  pid: 'mosquitto.pid',
  sessions: 'mosquitto.db',
} as const

/** Answers of services go through here too, and a shadow's may be much larger than the 128 KB that devices send. */
const LARGEST_PACKET = 512 * 1024

/** Who is let in. */
export type Listeners = 'all' | 'staff'

/**
 * mosquitto.conf. Everything in it has been tried on 2.0.11; docs/operate/mosquitto.md says why each line is there.
 * @throws UsageError `CLIENT_ID_RULE`, `BROKER_PORT`, `BROKER_FOLDER`
 */
export function configuration(settings: MosquittoSettings, listeners: Listeners = 'all'): string {
  const { folder, user, port, staffPort, clientId } = settings
  check(settings)
  const at = (name: keyof typeof FILES): string => path.join(folder, FILES[name])
  const devices = [
    '# Devices',
    ...listener(settings, port, at('devicesTrust'), at('devicesCrl'), at('devicesAcl')),
    ...(clientId === 'cn' ? ['use_username_as_clientid true'] : []),
    '',
  ]
  return `${[
    '# Written by flotilla: "flotilla broker config" writes it anew.',
    'per_listener_settings true',
    `user ${user}`,
    `pid_file ${at('pid')}`,
    '',
    'persistence true',
    `persistence_location ${folder}/`,
    'autosave_interval 60',
    'persistent_client_expiration 14d',
    'max_queued_messages 10000000',
    'max_inflight_messages 0',
    `max_packet_size ${LARGEST_PACKET}`,
    'set_tcp_nodelay true',
    '',
    'log_dest stderr',
    ...['error', 'warning', 'notice', 'information'].map((type) => `log_type ${type}`),
    'connection_messages true',
    'log_timestamp true',
    'log_timestamp_format %Y-%m-%dT%H:%M:%S',
    '',
    ...(listeners === 'staff' ? [] : devices),
    '# Operators and services',
    ...listener(settings, staffPort, at('staffTrust'), at('staffCrl'), at('staffAcl')),
  ].join('\n')}\n`
}

function listener(
  { bind, folder }: MosquittoSettings,
  port: number,
  trust: string,
  crl: string,
  acl: string,
): readonly string[] {
  return [
    `listener ${port} ${bind}`,
    `cafile ${trust}`,
    `crlfile ${crl}`,
    `certfile ${path.join(folder, FILES.chain)}`,
    `keyfile ${path.join(folder, FILES.key)}`,
    'tls_version tlsv1.2',
    'require_certificate true',
    'use_identity_as_username true',
    'allow_anonymous false',
    `acl_file ${acl}`,
  ]
}

function check({ clientId, port, staffPort, folder, user }: MosquittoSettings): void {
  if (/[\r\n]/.test(folder + user)) {
    throw new UsageError('BROKER_FOLDER', 'The configuration of mosquitto cannot carry such a name.', {
      hint: 'Choose a folder and a user without line breaks in their names.',
    })
  }
  if (clientId === 'prefix') {
    throw new UsageError('CLIENT_ID_RULE', 'mosquitto cannot hold client ids to a prefix.', {
      hint: 'Set devices.client-id in fleet.yaml to cn, or to any.',
    })
  }
  if (port === 0 || staffPort === 0) {
    throw new UsageError('BROKER_PORT', 'mosquitto cannot be told to take any free port.', {
      hint: 'Set broker.port and broker.staff-port in fleet.yaml.',
    })
  }
}
