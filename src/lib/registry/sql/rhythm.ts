import { sql } from 'kysely'
import { type Absence, BEAT, ENOUGH, FAR, LEAST_SILENCE, MISSED, STEP, STRIDE } from '../rhythm.ts'

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

/** `quietFor` of a device that has been heard. */
function quietFor(now: number, absence: Absence | undefined) {
  const whole = sql`${now} - seen.last_message`
  if (absence === undefined) return whole
  const { from, to } = absence
  return sql`${whole} - case when seen.last_message >= ${to} then 0
    when seen.last_message > ${from} then ${to} - seen.last_message else ${to - from} end`
}

/** `hearingOf` as conditions on `seen`, joined by an outer join. */
export function hearing(now: number, absence?: Absence) {
  const missed = sql`seen.rhythm * ${sql.lit(MISSED)}`
  const patience = sql`case when ${missed} > ${sql.lit(LEAST_SILENCE)} then ${missed} else ${sql.lit(LEAST_SILENCE)} end`
  const enough = sql`seen.messages >= ${sql.lit(ENOUGH)}`
  const quiet = sql`${quietFor(now, absence)} > ${patience}`
  return {
    never: sql<boolean>`seen.last_message is null`,
    unknown: sql<boolean>`(seen.last_message is not null and seen.messages < ${sql.lit(ENOUGH)})`,
    reporting: sql<boolean>`(${enough} and not (${quiet}))`,
    silent: sql<boolean>`(${enough} and ${quiet})`,
  }
}
