import { sql } from 'kysely'
import { BEAT, ENOUGH, FAR, LEAST_SILENCE, MISSED, STEP, STRIDE } from '../rhythm.ts'

const beat = sql`coalesce(seen.beat, seen.last_message)`
const interval = sql`(excluded.last_message - ${beat})`
/** Not so where either is missing. */
const counts = sql`${interval} >= ${sql.lit(BEAT)}`

/** `nextRhythm` in the statement that notes messages: nothing is read before it is written, and no batch costs more. */
export const rhythmUpdates = {
  rhythm: sql<number>`case
    when ${counts} then case
      when seen.rhythm is null then ${interval}
      when ${interval} > seen.rhythm * ${sql.lit(FAR)} then seen.rhythm * ${sql.lit(STRIDE)}
      when ${interval} > seen.rhythm then seen.rhythm * ${sql.lit(STEP)}
      when ${interval} < seen.rhythm / ${sql.lit(FAR)} then seen.rhythm / ${sql.lit(STRIDE)}
      when ${interval} < seen.rhythm then seen.rhythm / ${sql.lit(STEP)}
      else seen.rhythm end
    else seen.rhythm end`,
  beat: sql<number>`case when ${counts} then excluded.last_message else ${beat} end`,
}

/** `hearingOf` as conditions on `seen`, joined by an outer join. */
export function hearing(now: number) {
  const missed = sql`seen.rhythm * ${sql.lit(MISSED)}`
  const patience = sql`case when ${missed} > ${sql.lit(LEAST_SILENCE)} then ${missed} else ${sql.lit(LEAST_SILENCE)} end`
  const enough = sql`seen.messages >= ${sql.lit(ENOUGH)}`
  const quiet = sql`${now} - seen.last_message > ${patience}`
  return {
    never: sql<boolean>`seen.last_message is null`,
    unknown: sql<boolean>`(seen.last_message is not null and seen.messages < ${sql.lit(ENOUGH)})`,
    reporting: sql<boolean>`(${enough} and not (${quiet}))`,
    silent: sql<boolean>`(${enough} and ${quiet})`,
  }
}
