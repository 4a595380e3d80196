import {
  type FlotillaError,
  RefusedError,
  systemCode,
  TimedOutError,
  UnreachableError,
  VerificationError,
} from '../base/errors.ts'
import { addressText, type BrokerAddress } from './broker-address.ts'
import type { DialStage } from './dial.ts'

/**
 * What a failed attempt to connect means for the user, by the layer that failed. Only codes are used: neither the
 * broker's words nor OpenSSL's reach the message.
 * @param own what the client's own certificate says of its validity
 */
export function connectionFailure(
  error: unknown,
  stage: DialStage,
  broker: BrokerAddress,
  own?: 'expired' | 'early',
): FlotillaError {
  if (stage === 'tcp') return networkFailure(error, broker)
  const alert = alertOf(error)
  if (alert !== undefined) return refusedByAlert(alert, error)
  return stage === 'tls' ? handshakeFailure(error, broker, own) : closedUnanswered(error, broker, own)
}

/** An open connection that broke. */
export function connectionLost(error: unknown, broker: BrokerAddress): FlotillaError {
  const alert = alertOf(error)
  if (alert !== undefined) return refusedByAlert(alert, error)
  return new UnreachableError('BROKER_LOST', `The connection to ${addressText(broker)} was cut.`, {
    layer: 'tcp',
    cause: error,
  })
}

/** The deadline passed while the connection was in this stage. */
export function connectionTimedOut(stage: DialStage, broker: BrokerAddress, within: number): FlotillaError {
  const silent = { tcp: 'no answer', tls: 'no TLS handshake', mqtt: 'no CONNACK' }[stage]
  return new TimedOutError(
    'BROKER_SILENT',
    `${addressText(broker)}: ${silent} within ${Math.round(within / 100) / 10} s.`,
    { layer: stage, hint: 'Check address, port and firewall, or allow more time with --within.' },
  )
}

function networkFailure(error: unknown, broker: BrokerAddress): FlotillaError {
  const code = systemCode(error) ?? 'unknown'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new UnreachableError(
      'BROKER_UNREACHABLE',
      `The name ${broker.host} cannot be resolved (${code}).`,
      {
        layer: 'dns',
        hint: 'Check broker.hosts in fleet.yaml and the name server of this machine.',
        cause: error,
      },
    )
  }
  return new UnreachableError('BROKER_UNREACHABLE', `Nothing answers at ${addressText(broker)} (${code}).`, {
    layer: 'tcp',
    hint: broker.start ?? 'Start the broker: flotilla up',
    cause: error,
  })
}

/** Codes of Node's check of the broker's certificate, and what they mean here. */
const UNTRUSTED: Readonly<Record<string, string>> = {
  SELF_SIGNED_CERT_IN_CHAIN: 'comes from another CA',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'comes from another CA',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'comes from another CA',
  UNABLE_TO_GET_ISSUER_CERT: 'comes from another CA',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'comes from another CA',
  CERT_SIGNATURE_FAILURE: 'comes from another CA of the same name',
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not yet valid',
  INVALID_PURPOSE: 'is not one for servers',
  CERT_REVOKED: 'is revoked',
}

function handshakeFailure(error: unknown, broker: BrokerAddress, own?: 'expired' | 'early'): FlotillaError {
  const code = systemCode(error) ?? ''
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return new VerificationError(
      'BROKER_NAME',
      `The broker's certificate does not carry the name ${broker.host}.`,
      {
        layer: 'certificate',
        hint: 'Issue it again: flotilla cert issue server --force (add the name to broker.hosts in fleet.yaml first, if it is not there)',
        cause: error,
      },
    )
  }
  const reason = UNTRUSTED[code]
  if (reason !== undefined) return untrusted(reason, code, broker, error)
  if (code.startsWith('ERR_SSL_')) return notTls(broker, error)
  return closedUnanswered(error, broker, own)
}

function untrusted(reason: string, code: string, broker: BrokerAddress, cause: unknown): FlotillaError {
  const clock = code === 'CERT_NOT_YET_VALID' || code === 'CERT_HAS_EXPIRED'
  return new VerificationError('BROKER_UNTRUSTED', `The certificate of ${addressText(broker)} ${reason}.`, {
    layer: clock ? 'clock' : 'certificate',
    hint: clock
      ? 'Check the clock of this machine, then the certificate: flotilla cert list'
      : 'This is another broker than the one of this fleet, or somebody stands in between.',
    cause,
  })
}

function notTls(broker: BrokerAddress, cause: unknown): FlotillaError {
  return new UnreachableError(
    'BROKER_TLS',
    `${addressText(broker)} answers, but not with the TLS spoken here.`,
    {
      layer: 'tls',
      hint: 'Check the port: devices use 8883 and staff 8884 unless fleet.yaml says otherwise.',
      cause,
    },
  )
}

/**
 * A broker that refuses a certificate under TLS 1.3 (RFC 8446 §4.4.2: after the client believes the handshake done),
 * or checks it itself, just closes.
 */
function closedUnanswered(cause: unknown, broker: BrokerAddress, own?: 'expired' | 'early'): FlotillaError {
  if (own === 'expired') return refusedByAlert(ALERTS['CERTIFICATE_EXPIRED']!, cause)
  if (own === 'early') return refusedEarly(cause)
  return new RefusedError(
    'BROKER_REFUSED',
    `${addressText(broker)} closed the connection before it answered: it does not accept this certificate.`,
    { layer: 'certificate', hint: 'The broker names the reason: flotilla broker refused', cause },
  )
}

function refusedEarly(cause: unknown): FlotillaError {
  return new RefusedError('BROKER_REFUSED', 'The broker refuses this certificate: it is not yet valid.', {
    layer: 'clock',
    hint: 'Check the clock of this machine.',
    cause,
  })
}

/** TLS alerts that speak of the client's certificate (RFC 8446 §6.2), as Node codes them. */
const ALERTS: Readonly<Record<string, string>> = {
  CERTIFICATE_EXPIRED: 'it has expired',
  CERTIFICATE_REVOKED: 'it is revoked',
  CERTIFICATE_UNKNOWN: 'it is not accepted',
  CERTIFICATE_REQUIRED: 'none was shown',
  BAD_CERTIFICATE: 'it is not valid',
  UNSUPPORTED_CERTIFICATE: 'it is not one for clients',
  UNKNOWN_CA: 'it comes from a CA that is not trusted there',
  ACCESS_DENIED: 'access is denied',
  DECRYPT_ERROR: 'its signature does not hold',
  HANDSHAKE_FAILURE: 'the handshake failed',
}

function alertOf(error: unknown): string | undefined {
  const name = /^ERR_SSL_(?:SSLV3|TLSV1|TLSV13)_ALERT_(.+)$/.exec(systemCode(error) ?? '')?.[1]
  return name === undefined ? undefined : ALERTS[name]
}

function refusedByAlert(reason: string, cause: unknown): FlotillaError {
  return new RefusedError('BROKER_REFUSED', `The broker refuses this certificate: ${reason}.`, {
    layer: 'certificate',
    hint: 'Look at it: flotilla cert verify',
    cause,
  })
}
