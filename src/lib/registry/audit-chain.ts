import { createHash } from 'node:crypto'
import { canonicalJson } from './canonical-json.ts'
import type { AuditEntry } from './registry.ts'

/** An audit row as it is stored: `details` as the very text that was hashed. */
export interface AuditLink {
  readonly sequence: number
  readonly at: number
  readonly actor: string
  readonly action: string
  readonly subject: string
  readonly details: string | null
  readonly hash: string
}

/** What the first row follows from. */
export const CHAIN_START = { sequence: 0, hash: '' } as const

type Head = Pick<AuditLink, 'sequence' | 'hash'>

/** The row that follows `head`. */
export function nextLink(head: Head, at: number, actor: string, entry: AuditEntry): AuditLink {
  const row = {
    sequence: head.sequence + 1,
    at,
    // A lone surrogate would come back from the database as U+FFFD, and the chain would not hold.
    actor: actor.toWellFormed(),
    action: entry.action.toWellFormed(),
    subject: entry.subject.toWellFormed(),
    details: entry.details === undefined ? null : canonicalJson(entry.details),
  }
  return { ...row, hash: hashOf(head.hash, row) }
}

/** Whether `link` is the row that follows `head`, unchanged. */
export function follows(head: Head, link: AuditLink): boolean {
  return link.sequence === head.sequence + 1 && link.hash === hashOf(head.hash, link)
}

/** SHA-256 over the hash before and the row as a JSON array of its columns, in lower-case hex. */
function hashOf(before: string, row: Omit<AuditLink, 'hash'>): string {
  const columns = [before, row.sequence, row.at, row.actor, row.action, row.subject, row.details]
  return createHash('sha256').update(JSON.stringify(columns)).digest('hex')
}
