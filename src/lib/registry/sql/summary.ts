import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Absence } from '../rhythm.ts'
import type { EndingCertificates, FleetSummary, SilentDevice, SilentQuery } from '../summary.ts'
import { hearing } from './rhythm.ts'
import { shutOut } from './shut-out.ts'
import type { RegistryTables } from './tables.ts'

type Registry = Kysely<RegistryTables>

const heardOf = sql`devices left join state.seen as seen on seen.device = devices.id`
const present = sql`devices.life <> 'retired' and devices.blocked = 0`

/** One pass over the devices, whatever there is to count. @param now milliseconds since 1970 */
export async function summarize(db: Registry, now: number, absence?: Absence): Promise<FleetSummary> {
  const { never, unknown, reporting, silent } = hearing(now, absence)
  const { rows } = await sql<FleetSummary>`
    with each_one as materialized (select devices.life, case
        when devices.life = 'retired' then 'retired'
        when devices.blocked = 1 then 'blocked'
        when ${shutOut(now)} then 'shut out'
        when ${never} then 'never'
        when ${unknown} then 'unknown'
        when ${silent} then 'silent'
        when ${reporting} then 'reporting'
      end as kind from ${heardOf})
    select
      ${countOf(sql`kind <> 'retired'`)} as "devices",
      ${countOf(sql`kind = 'blocked'`)} as "blocked",
      ${countOf(sql`kind = 'shut out'`)} as "shutOut",
      ${countOf(sql`kind = 'reporting'`)} as "reporting",
      ${countOf(sql`kind = 'silent'`)} as "silent",
      ${countOf(sql`kind = 'unknown'`)} as "rhythmUnknown",
      ${countOf(sql`kind = 'never'`)} as "neverHeard",
      ${countOf(sql`kind = 'never' and life = 'registered'`)} as "registered",
      ${countOf(sql`kind = 'retired'`)} as "retired",
      (select count(*) from state.seen as seen
        where not exists (select 1 from devices where devices.id = seen.device)) as "unknown"
    from each_one`.execute(db)
  return rows[0]!
}

function countOf(condition: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`count(case when ${condition} then 1 end)`
}

/** Those that fell silent last come first: they are the news. */
export async function readSilent(
  db: Registry,
  { now, absence, limit }: SilentQuery,
): Promise<readonly SilentDevice[]> {
  const { rows } = await sql<{ id: string; lastMessage: number; rhythm: number | null }>`
    select devices.id as "id", seen.last_message as "lastMessage", seen.rhythm as "rhythm"
    from ${heardOf} where ${present} and ${hearing(now, absence).silent} and not ${shutOut(now)}
    order by seen.last_message desc, devices.id limit ${limit}`.execute(db)
  return rows.map(({ rhythm, ...row }) => ({ ...row, rhythm: rhythm ?? undefined }))
}

/** Who has a later certificate is not in need of one. */
export async function readEnding(db: Registry, before: number, limit: number): Promise<EndingCertificates> {
  const { rows } = await sql<{ device: string; notAfter: number; devices: number }>`
    select ending.subject as "device", max(ending.not_after) as "notAfter", count(*) over () as "devices"
    from certificates as ending join devices on devices.id = ending.subject
    where ending.profile = 'device' and ending.revoked_at is null and ending.not_after < ${before} and ${present}
      and not exists (select 1 from certificates as later
        where later.subject = ending.subject and later.profile = 'device' and later.revoked_at is null and later.not_after >= ${before})
    group by ending.subject order by max(ending.not_after), ending.subject limit ${limit}`.execute(db)
  return {
    devices: rows[0]?.devices ?? 0,
    first: rows.map(({ device, notAfter }) => ({ device, notAfter })),
  }
}
