/** What a holder needs to prove who it is and to know whom it talks to; all PEM. */
export interface Credential {
  /** PKCS#8, secret. */
  readonly key: string
  readonly certificate: string
  /** The certificate and the CA that issued it: what is presented in a handshake. */
  readonly chain: string
  /** What the holder trusts: the device root, which signs the broker's certificate. */
  readonly anchor: string
}

export interface CredentialFile {
  readonly name: string
  readonly content: string
  readonly mode: number
}

/** The files of a credential; the key is left out when its holder made it and kept it (a CSR). */
export function credentialFiles({
  key,
  certificate,
  chain,
  anchor,
}: Omit<Credential, 'key'> & { key?: string }) {
  const files: CredentialFile[] = [
    { name: 'cert.pem', content: certificate, mode: 0o644 },
    { name: 'chain.pem', content: chain, mode: 0o644 },
    { name: 'ca.pem', content: anchor, mode: 0o644 },
  ]
  if (key !== undefined) files.unshift({ name: 'key.pem', content: key, mode: 0o600 })
  return files
}
