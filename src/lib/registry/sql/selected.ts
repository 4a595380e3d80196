import type { Expression, ExpressionBuilder, SqlBool } from 'kysely'
import type { Selector, SelectorTerm } from '../selector.ts'
import type { OneOf, RegistryTables } from './tables.ts'

type DeviceExpressions = ExpressionBuilder<RegistryTables, 'devices'>

/** The condition on `devices` that a selector stands for: all of its terms. */
export function selected(
  expressions: DeviceExpressions,
  oneOf: OneOf,
  selector: Selector,
): Expression<SqlBool> {
  return expressions.and(selector.map((term) => holds(expressions, oneOf, term)))
}

function holds(expressions: DeviceExpressions, oneOf: OneOf, term: SelectorTerm): Expression<SqlBool> {
  if (term.kind === 'ids') return oneOf('devices.id', term.ids)
  return expressions.exists(
    expressions
      .selectFrom('tags')
      .select('tags.device')
      .whereRef('tags.device', '=', 'devices.id')
      .where('tags.key', '=', term.key)
      .where('tags.value', '=', term.value),
  )
}
