/** The part of node-forge that we load: its reader of BER and DER, for every kind of key (the rest knows RSA only). */
declare module 'node-forge/lib/asn1.js' {
  interface Asn1 {
    readonly tagClass: number
    readonly type: number
    readonly constructed: boolean
    /** Octets as a binary string, or what a constructed value is made of. */
    readonly value: string | readonly Asn1[]
  }
  const asn1: {
    /** @throws Error when it is cut, nested too deep, or followed by more bytes */
    fromDer(
      bytes: string,
      options: {
        readonly strict: true
        readonly parseAllBytes: true
        readonly decodeBitStrings: false
        readonly maxDepth: number
      },
    ): Asn1
    /** Dotted form of an OBJECT IDENTIFIER's content. */
    derToOid(content: string): string
  }
  export default asn1
  export type { Asn1 }
}
