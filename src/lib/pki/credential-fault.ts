import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { Credential } from './credential.ts'
import { pemBlocks } from './pem.ts'

/** Which file of a credential is wrong (see `credentialFiles`), and how: the rest of a sentence. */
export interface CredentialFault {
  readonly file: string
  readonly what: string
}

/**
 * Whether the files of a credential can be read and belong together: TLS libraries say only that something does not.
 * Who signed it, and until when it is good, is `verifyCertificate`'s to say.
 * @param leadsToAnchor whether its chain ends below its own anchor, as a server's does; staff is signed by another root
 */
export function credentialFault(
  { key, certificate, chain, anchor }: Credential,
  leadsToAnchor: boolean,
): CredentialFault | undefined {
  const own = readOrUndefined(() => new X509Certificate(certificate))
  if (own === undefined) return { file: 'cert.pem', what: 'is no certificate' }
  const secret = readOrUndefined(() => createPrivateKey(key))
  if (secret === undefined) return { file: 'key.pem', what: 'is no private key' }
  if (!own.checkPrivateKey(secret)) return { file: 'key.pem', what: 'is the key of another certificate' }
  const root = readOrUndefined(() => new X509Certificate(anchor))
  if (root === undefined) return { file: 'ca.pem', what: 'is no certificate' }
  const what = chainFault(own, chain, leadsToAnchor ? root : undefined)
  return what === undefined ? undefined : { file: 'chain.pem', what }
}

function chainFault(
  own: X509Certificate,
  text: string,
  root: X509Certificate | undefined,
): string | undefined {
  const chain = readOrUndefined(() => pemBlocks(text).map(({ der }) => new X509Certificate(der)))
  const [first] = chain ?? []
  // A block that is cut off is no block: only its beginning tells of it.
  if (chain === undefined || first === undefined || chain.length < text.split('-----BEGIN ').length - 1)
    return 'is damaged or cut short'
  if (!first.raw.equals(own.raw)) return 'is the chain of another certificate'
  const broken = chain.some((one, index) => index > 0 && !chain[index - 1]!.checkIssued(one))
  if (broken || (root !== undefined && !chain.at(-1)!.checkIssued(root)))
    return 'does not lead to the root in ca.pem: a CA is missing in it'
  return undefined
}

function readOrUndefined<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
