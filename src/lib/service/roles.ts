/** Roles that `serve` runs against a broker that somebody else runs. */
export const ROLES = ['ingest'] as const
export type Role = (typeof ROLES)[number]
