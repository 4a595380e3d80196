import { sql } from 'kysely'

/**
 * Whether a device of `devices` cannot come in at this moment, because each of its certificates is revoked or has ended.
 * Not so without any: then nobody knows what it comes with. The few that have a bad one are gathered once; only of
 * them it is asked whether they have a good one, too. @param now milliseconds since 1970
 */
export function shutOut(now: number) {
  return sql<boolean>`(devices.id in (select bad.subject from certificates as bad
      where bad.profile = 'device' and (bad.revoked_at is not null or bad.not_after <= ${now}))
    and not exists (select 1 from certificates as good where good.subject = devices.id
      and good.profile = 'device' and good.revoked_at is null and good.not_after > ${now}))`
}
