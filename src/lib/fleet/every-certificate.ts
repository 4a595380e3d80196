import type { CertificateRecord } from '../registry/device.ts'
import type { CertificateQuery, Registry } from '../registry/registry.ts'

const PAGE = 1000

/** All certificates that the query chooses, by serial, read page by page. */
export async function everyCertificate(
  registry: Registry,
  query: Omit<CertificateQuery, 'after' | 'limit'>,
): Promise<readonly CertificateRecord[]> {
  const all: CertificateRecord[] = []
  for (let after: string | undefined; ; ) {
    const page = await registry.certificates({ ...query, after, limit: PAGE })
    all.push(...page)
    if (page.length < PAGE) return all
    after = page.at(-1)!.serial
  }
}
