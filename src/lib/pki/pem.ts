/** What the PEM texts (RFC 7468) that we write hold. */
export type PemLabel = 'CERTIFICATE' | 'X509 CRL' | 'ENCRYPTED PRIVATE KEY' | 'PRIVATE KEY'

export interface PemBlock {
  readonly label: string
  readonly der: Buffer
}

/** RFC 7468 text of DER bytes. */
export function pem(label: PemLabel, der: Uint8Array): string {
  const base64 = Buffer.from(der.buffer, der.byteOffset, der.byteLength).toString('base64')
  const lines: string[] = []
  for (let start = 0; start < base64.length; start += 64) lines.push(base64.slice(start, start + 64))
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n([A-Za-z0-9+/=\s]*)-----END \1-----/g

/**
 * The blocks of a text, in order; text around them (`openssl x509 -text` writes some) is left aside, and so is a block
 * whose content is not base64.
 */
export function pemBlocks(text: string): readonly PemBlock[] {
  const blocks: PemBlock[] = []
  for (const [, label, body] of text.matchAll(BLOCK)) {
    const base64 = body!.replaceAll(/\s/g, '')
    const der = Buffer.from(base64, 'base64')
    // Buffer.from() skips what it cannot read.
    if (der.toString('base64') === base64) blocks.push({ label: label!, der })
  }
  return blocks
}
