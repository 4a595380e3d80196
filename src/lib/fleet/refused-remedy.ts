import { isStaffName } from '../base/names.ts'
import type { LifeState } from '../registry/device.ts'

/** What it means, and the next command. */
export interface Remedy {
  readonly meaning: string
  readonly next: string
}

export interface Turned {
  readonly reason: string
  /** A name that may stand in a command; undefined: there is none. */
  readonly name: string | undefined
  /** Undefined: the registry knows no such device. */
  readonly device: { readonly life: LifeState; readonly blocked: boolean } | undefined
  /** Where each kind of client belongs. */
  readonly ports: { readonly device: number; readonly staff: number }
}

/** The next step for a reason of the broker, by what the registry knows. */
export function remedyFor({ reason, name, device, ports }: Turned): Remedy {
  const show = showCommand(name, device !== undefined)
  const verify = device === undefined ? show : `flotilla cert verify ${name}`
  const isNamed = name !== undefined
  switch (reason) {
    case 'blocked':
      if (device?.life === 'retired')
        return { meaning: 'It was removed from the fleet for good.', next: show }
      if (device?.blocked === true)
        return { meaning: 'Somebody has blocked it.', next: `flotilla device unblock ${name}` }
      return { meaning: 'It was blocked, and is not any more.', next: show }
    case 'revoked':
      return {
        meaning: 'Its certificate was revoked: it needs a new one.',
        next: 'flotilla cert list --revoked',
      }
    case 'expired':
      return { meaning: 'Its certificate has ended, or the clock of the broker is ahead.', next: verify }
    case 'not-yet-valid':
      return {
        meaning: 'Its certificate is not valid yet, or the clock of the broker is behind.',
        next: verify,
      }
    case 'unknown-ca':
      return { meaning: 'No CA of this fleet has signed its certificate.', next: 'flotilla ca show' }
    case 'wrong-port':
      return {
        meaning: `Its certificate is good, but not here: devices use port ${ports.device}, operators and services ${ports.staff}.`,
        next: show,
      }
    case 'bad-certificate':
      return {
        meaning:
          'TLS did not accept its certificate; the broker does not say why, nor whose it is. The one that lies on the device is judged by:',
        next: isNamed ? verify : 'flotilla cert verify FILE',
      }
    case 'no-certificate':
      return { meaning: 'It showed no certificate: it is not set up for mutual TLS.', next: show }
    case 'wrong-purpose':
      return { meaning: 'Its certificate is not for clients.', next: verify }
    case 'bad-name':
      return {
        meaning: 'Its certificate names no device on the port for devices, or no operator on the other.',
        next: 'flotilla device list',
      }
    case 'client-id':
      return {
        meaning: 'Its MQTT client id is not the name in its certificate (devices.client-id in fleet.yaml).',
        next: show,
      }
    case 'topic':
      return { meaning: 'It used a topic that is not its own.', next: show }
    case 'size':
      return {
        meaning:
          'It sent a packet larger than the broker takes (embedded: 128 KiB of payload), and will again.',
        next: show,
      }
    default:
      return {
        meaning:
          'It did not speak TLS and MQTT as it should: another program, a port scan, or a device that does not trust the broker. What it must trust:',
        next: isNamed ? show : 'flotilla ca export root',
      }
  }
}

function showCommand(name: string | undefined, isDevice: boolean): string {
  if (isDevice) return `flotilla device show ${name}`
  return name !== undefined && isStaffName(name) ? `flotilla cert show ${name}` : 'flotilla device list'
}
