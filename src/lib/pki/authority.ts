import { hash, type KeyObject, X509Certificate } from 'node:crypto'
import { commonName, randomSerial, signCertificate } from './certificate-builder.ts'
import type { Credential } from './credential.ts'
import { type RevokedEntry, signCrl } from './crl.ts'
import { encodedElement } from './der-span.ts'
import { authorityKeyIdentifier, keyIdentifier, subjectAltName, subjectKeyIdentifier } from './extensions.ts'
import { makeKeyPair } from './key-pair.ts'
import { pem } from './pem.ts'
import { alternativeNames, type Profile, profileExtensions } from './profiles.ts'
import { BACKDATE, validity, wholeSeconds } from './validity.ts'

/** The place of the subject in a TBSCertificate (RFC 5280 §4.1). What a CA signs names it by the very same bytes. */
const SUBJECT = 5

/** Which of the fleet's CAs. */
export type AuthorityName = 'root' | 'devices' | 'servers' | 'staff'

export interface IssueRequest {
  readonly profile: Profile
  /** CN: a device's id, `op.…`, `svc.…`, or a server's first host. */
  readonly subject: string
  /** Milliseconds since 1970. */
  readonly notBefore: number
  readonly notAfter: number
  /** Names and addresses of a server. */
  readonly hosts?: readonly string[]
}

/** What the registry keeps of an issued certificate. */
export interface IssuedRecord {
  /** Upper-case hex, as OpenSSL prints it. */
  readonly serial: string
  /** SHA-256 over the DER, lower-case hex. */
  readonly thumbprint: string
  readonly subject: string
  readonly profile: Profile
  readonly issuer: AuthorityName
  readonly notBefore: number
  readonly notAfter: number
}

export interface IssuedCertificate {
  readonly der: Buffer
  readonly record: IssuedRecord
  readonly credential: Omit<Credential, 'key'>
}

/** An issuing CA as it goes to another thread (structured clone): the key as a handle, never as text. */
export interface SharedAuthority {
  readonly name: AuthorityName
  readonly fleet: string
  /** PEM. */
  readonly certificate: string
  readonly key: KeyObject
  readonly anchor: string
  readonly chainBehind: string
}

/**
 * An issuing CA with its key in memory. Issuing assembles each certificate from parts that were encoded once, so that
 * a device costs little more than its key and one signature.
 */
export class Authority {
  readonly name: AuthorityName
  readonly certificate: X509Certificate
  readonly #fleet: string
  readonly #key: KeyObject
  readonly #chainBehind: string
  readonly #anchor: string
  readonly #issuer: Buffer
  readonly #end: number
  readonly #authorityKeyIdentifier: Buffer
  #validity: { readonly notBefore: number; readonly notAfter: number; readonly der: Buffer } | undefined

  /**
   * @param anchor PEM of what the holders of issued certificates trust: the device root
   * @param chainBehind PEM of the CAs to present behind an issued certificate; empty below a root
   */
  constructor(options: {
    readonly name: AuthorityName
    readonly fleet: string
    readonly certificate: X509Certificate
    readonly key: KeyObject
    readonly anchor: string
    readonly chainBehind: string
  }) {
    this.name = options.name
    this.certificate = options.certificate
    this.#fleet = options.fleet
    this.#key = options.key
    this.#anchor = options.anchor
    this.#chainBehind = options.chainBehind
    const spki = options.certificate.publicKey.export({ type: 'spki', format: 'der' })
    this.#end = Date.parse(options.certificate.validTo)
    this.#issuer = Buffer.from(encodedElement(encodedElement(options.certificate.raw, 0), SUBJECT))
    this.#authorityKeyIdentifier = authorityKeyIdentifier(keyIdentifier(spki))
  }

  static shared({ certificate, ...same }: SharedAuthority): Authority {
    return new Authority({ ...same, certificate: new X509Certificate(certificate) })
  }

  /** For threads that issue beside this one; {@link Authority.shared} opens it there. */
  share(): SharedAuthority {
    return {
      name: this.name,
      fleet: this.#fleet,
      certificate: this.certificate.toString(),
      key: this.#key,
      anchor: this.#anchor,
      chainBehind: this.#chainBehind,
    }
  }

  /**
   * Issues for a public key that somebody else holds. A certificate ends with its CA at the latest: beyond that no path
   * to the root is valid (RFC 5280 §6.1.3), whatever the certificate itself says. The record has what was granted.
   * @param spki SubjectPublicKeyInfo, DER
   */
  issue(request: IssueRequest, spki: Uint8Array): IssuedCertificate {
    const { profile, subject, hosts = [] } = request
    const notBefore = wholeSeconds(request.notBefore)
    const notAfter = Math.min(wholeSeconds(request.notAfter), this.#end)
    const serial = randomSerial()
    const names = alternativeNames(profile, this.#fleet, subject, hosts)
    const der = signCertificate(
      {
        serial,
        issuer: this.#issuer,
        validity: this.#validityOf(notBefore, notAfter),
        subject: commonName(subject),
        spki,
        extensions: [
          profileExtensions(profile),
          subjectAltName(names),
          subjectKeyIdentifier(keyIdentifier(spki)),
          this.#authorityKeyIdentifier,
        ],
      },
      this.#key,
    )
    const certificate = pem('CERTIFICATE', der)
    return {
      der,
      record: {
        serial: serial.toString('hex').toUpperCase(),
        thumbprint: hash('sha256', der, 'hex'),
        subject,
        profile,
        issuer: this.name,
        notBefore,
        notAfter,
      },
      credential: { certificate, chain: certificate + this.#chainBehind, anchor: this.#anchor },
    }
  }

  /** Makes a P-256 key and issues for it. */
  issueWithKey(request: IssueRequest): { readonly credential: Credential; readonly record: IssuedRecord } {
    const { spki, privateKey } = makeKeyPair()
    const { credential, record } = this.issue(request, spki)
    return { credential: { key: privateKey, ...credential }, record }
  }

  /**
   * Signs the list of all that is revoked (RFC 5280 §5), as PEM. It lives as long as its CA, and it counts from an hour
   * ago: with a CRL missing, out of date or not yet valid by the broker's clock, brokers refuse everybody.
   * @param number greater than that of any CRL before it (§5.2.3)
   * @param at milliseconds since 1970
   */
  signCrl(revoked: readonly RevokedEntry[], number: number, at: number): string {
    return signCrl({
      issuer: this.#issuer,
      authorityKeyIdentifier: this.#authorityKeyIdentifier,
      key: this.#key,
      revoked,
      number,
      thisUpdate: at - BACKDATE,
      nextUpdate: this.#end,
    })
  }

  #validityOf(notBefore: number, notAfter: number): Buffer {
    const last = this.#validity
    if (last?.notBefore === notBefore && last.notAfter === notAfter) return last.der
    const der = validity(notBefore, notAfter)
    this.#validity = { notBefore, notAfter, der }
    return der
  }
}
