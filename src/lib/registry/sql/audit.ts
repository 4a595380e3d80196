import { setImmediate as turn } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import { type AuditLink, CHAIN_START, follows, nextLink } from '../audit-chain.ts'
import type { AuditEntry, AuditQuery, AuditRow, AuditVerdict } from '../registry.ts'
import type { RegistryTables } from './tables.ts'

/** Rows that a verification reads at once. */
const PAGE = 1000

/** Adds the row of a change, in the change's own transaction: writers take turns, so the chain has no branches. */
export async function appendAudit(
  db: Kysely<RegistryTables>,
  at: number,
  actor: string,
  entry: AuditEntry,
): Promise<void> {
  const head = await db
    .selectFrom('audit')
    .select(['sequence', 'hash'])
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst()
  await db
    .insertInto('audit')
    .values(nextLink(head ?? CHAIN_START, at, actor, entry))
    .execute()
}

export async function readAudit(db: Kysely<RegistryTables>, query: AuditQuery): Promise<readonly AuditRow[]> {
  return (await readLinks(db, query)).map(({ details, ...row }) =>
    details === null ? row : { ...row, details: JSON.parse(details) as Record<string, unknown> },
  )
}

/** Reads the chain page by page, so that a year of rows neither fills the memory nor holds the event loop. */
export async function verifyAudit(db: Kysely<RegistryTables>, wanted?: string): Promise<AuditVerdict> {
  let head: Pick<AuditLink, 'sequence' | 'hash'> = CHAIN_START
  let rows = 0
  let found: { readonly headAt?: number } = {}
  for (;;) {
    const page = await readLinks(db, { after: head.sequence, limit: PAGE })
    for (const link of page) {
      if (!follows(head, link)) return { rows, head: head.hash, brokenAt: link.sequence, ...found }
      if (link.hash === wanted) found = { headAt: link.sequence }
      head = link
      rows++
    }
    if (page.length < PAGE) return { rows, head: head.hash, ...found }
    await turn()
  }
}

async function readLinks(
  db: Kysely<RegistryTables>,
  { after, limit, last = false }: AuditQuery,
): Promise<AuditLink[]> {
  let rows = db
    .selectFrom('audit')
    .selectAll()
    .orderBy('sequence', last ? 'desc' : 'asc')
  if (after !== undefined) rows = rows.where('sequence', '>', after)
  if (limit !== undefined) rows = rows.limit(limit)
  const links = await rows.execute()
  return last ? links.toReversed() : links
}
