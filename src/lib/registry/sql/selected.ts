import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import type { Moments } from '../registry.ts'
import type { Order, Selector, SelectorFact, SelectorState, TagFact, TimeBound } from '../selector.ts'
import type { FulfillingValues } from './fulfilling-values.ts'
import { hearing } from './rhythm.ts'
import { shutOut } from './shut-out.ts'
import type { Queries, RegistryTables } from './tables.ts'

type DeviceExpressions = ExpressionBuilder<RegistryTables, 'devices'>

/** What a selector's condition is made of, besides the selector. */
export interface Selecting extends Pick<Queries<RegistryTables>, 'oneOf' | 'idLike'> {
  readonly values: FulfillingValues
  readonly moments: Moments
}

/** The condition on `devices`, with `state.seen as seen` joined by an outer join, that a selector stands for. */
export function selected(
  expressions: DeviceExpressions,
  selector: Selector,
  selecting: Selecting,
): Expression<SqlBool> {
  const condition = (part: Selector) => selected(expressions, part, selecting)
  if (selector.kind === 'any') return expressions.or(selector.of.map(condition))
  if (selector.kind === 'all') return expressions.and(selector.of.map(condition))
  if (selector.kind !== 'not') return holds(expressions, selector, selecting)
  // What is not known of a device is not so: NULL must not make its opposite unknown too.
  return sql<SqlBool>`(${condition(selector.of)}) is not true`
}

function holds(
  expressions: DeviceExpressions,
  fact: SelectorFact,
  { oneOf, idLike, values, moments }: Selecting,
): Expression<SqlBool> {
  switch (fact.kind) {
    case 'every':
      return sql<SqlBool>`true`
    case 'ids':
      return expressions.or(
        [...Map.groupBy(fact.ids, (id) => id.includes('*'))].flatMap(([isPattern, ids]) =>
          isPattern ? ids.map((id) => idLike('devices.id', id)) : [oneOf('devices.id', ids)],
        ),
      )
    case 'set':
      return sql<SqlBool>`exists (select 1 from set_devices
        where set_devices.name = ${fact.name} and set_devices.device = devices.id)`
    case 'input':
      throw new Error('The ids on standard input were not read.')
    case 'tag':
      return tagged(fact, oneOf, values)
    case 'state':
      return expressions.or(fact.states.map(inState))
    case 'silent':
      return silent(fact.bound, moments)
    case 'seen':
      return fact.bound === undefined
        ? sql<SqlBool>`seen.last_seen is not null`
        : bounded(sql`${moments.now} - seen.last_seen`, fact.bound)
    case 'cert-ends':
      return bounded(sql`(${lastEnd}) - ${moments.now}`, fact.bound)
  }
}

/**
 * The value is looked up by device and key, at most one, and then compared: so a full walk costs the same whatever is
 * asked, where a join would try every wanted value of each device.
 */
function tagged(fact: TagFact, oneOf: Selecting['oneOf'], values: FulfillingValues): Expression<SqlBool> {
  const value = sql`(select tags.value from tags where tags.device = devices.id and tags.key = ${fact.key})`
  if (fact.comparison === '!=') return sql<SqlBool>`not (${oneOf(value, fact.values)})`
  return oneOf(value, fact.comparison === '=' ? fact.values : (values.get(fact) ?? []))
}

/** `lifeOf` as a condition; the flag `blocked` says nothing of a life. */
function inState(state: SelectorState): Expression<SqlBool> {
  const isPresent = sql`devices.life <> 'retired'`
  switch (state) {
    case 'blocked':
      return sql<SqlBool>`devices.blocked = 1`
    case 'retired':
      return sql<SqlBool>`devices.life = 'retired'`
    case 'reported':
      return sql<SqlBool>`(${isPresent} and seen.messages > 0)`
    case 'delivered':
      return sql<SqlBool>`(${isPresent} and (seen.messages = 0 or (seen.device is null and devices.life = 'delivered')))`
    case 'registered':
    case 'issued':
      return sql<SqlBool>`(seen.device is null and devices.life = ${state})`
  }
}

/** Who was told to be quiet is not missed (summary.ts counts the same). */
function silent(bound: TimeBound | undefined, { heardUntil, absence }: Moments): Expression<SqlBool> {
  const { silent: quiet } = hearing(heardUntil, absence)
  const missed = sql<SqlBool>`(devices.life <> 'retired' and devices.blocked = 0 and ${quiet} and not ${shutOut(heardUntil)})`
  if (bound === undefined) return missed
  return sql<SqlBool>`(${missed} and ${bounded(sql`${heardUntil} - seen.last_message`, bound)})`
}

/** The last moment at which one of its certificates is good. */
const lastEnd = sql`select max(certificates.not_after) from certificates
  where certificates.subject = devices.id and certificates.profile = 'device' and certificates.revoked_at is null`

const ORDERS: Readonly<Record<Order, ReturnType<typeof sql>>> = {
  '<': sql`<`,
  '<=': sql`<=`,
  '>': sql`>`,
  '>=': sql`>=`,
}

function bounded(difference: Expression<unknown>, { order, time }: TimeBound): Expression<SqlBool> {
  return sql<SqlBool>`(${difference} ${ORDERS[order]} ${time})`
}
