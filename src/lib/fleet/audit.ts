import { VerificationError } from '../base/errors.ts'
import type { Registry } from '../registry/registry.ts'
import { isoTime } from './device-view.ts'

/** A change of the registry as `audit log` shows it. */
export interface AuditEntryView {
  readonly sequence: number
  readonly at: string
  /** CN of the operator or service. */
  readonly actor: string
  readonly action: string
  readonly subject: string
  readonly details: Readonly<Record<string, unknown>> | null
  readonly hash: string
}

/** What `audit log` prints with --json. */
export interface AuditListing {
  /** The last ones, in order. */
  readonly entries: readonly AuditEntryView[]
}

/** What `audit verify` prints with --json. */
export interface AuditVerification {
  readonly rows: number
  /** Kept elsewhere, it proves later that nothing was cut off or written anew. */
  readonly head: string
  /** The row that was the head when the hash asked for was; null when none was. */
  readonly headAt: number | null
}

export async function auditLog(registry: Registry, limit: number): Promise<AuditListing> {
  const rows = await registry.auditLog({ limit, last: true })
  return { entries: rows.map((row) => ({ details: null, ...row, at: isoTime(row.at) })) }
}

/**
 * Recomputes the chain of all changes.
 * @param head a hash that an earlier verification has printed
 * @throws VerificationError `AUDIT_BROKEN`, `AUDIT_CUT`
 */
export async function verifyAudit(registry: Registry, head: string | undefined): Promise<AuditVerification> {
  const verdict = await registry.verifyAudit(head)
  if (verdict.brokenAt !== undefined) {
    throw new VerificationError(
      'AUDIT_BROKEN',
      `Row ${verdict.brokenAt} does not follow from the row before it: it, or one in front of it, was changed, put in or taken out.`,
      {
        hint: `The ${verdict.rows} rows before it hold. Compare with a backup of the registry.`,
        layer: 'registry',
      },
    )
  }
  if (head !== undefined && verdict.headAt === undefined) {
    throw new VerificationError(
      'AUDIT_CUT',
      `No row has the hash ${head.slice(0, 16)}..: rows were cut off or all written anew.`,
      { hint: 'Compare with a backup of the registry.', layer: 'registry' },
    )
  }
  return { rows: verdict.rows, head: verdict.head, headAt: verdict.headAt ?? null }
}
