import * as fc from 'fast-check'
import { isDeviceId } from '../../src/lib/base/names.ts'
import {
  type Order,
  SELECTOR_STATES,
  type Selector,
  type SelectorFact,
} from '../../src/lib/registry/selector.ts'

const deviceId = fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9:_-]{0,63}$/).filter(isDeviceId)
const pattern = fc.stringMatching(/^[a-zA-Z0-9:_-]{0,9}\*[a-zA-Z0-9*-]{0,9}$/)
const anyText = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('and', 'OR', 'Silent', 'state', 'at', 'in', '2.4', '@x', '-', 'B*', 'größe'),
)
const order = fc.constantFrom<Order>('<', '<=', '>', '>=')
const bound = fc.record({
  order,
  time: fc.oneof(
    fc.nat(10_000_000_000),
    fc.nat(400).map((days) => days * 86_400_000),
    fc.nat(90).map((hours) => hours * 3_600_000),
  ),
})
const some = <T>(of: fc.Arbitrary<T>) => fc.array(of, { minLength: 1, maxLength: 4 })

/** Everything that a selector can say of a device. */
export const anyFact: fc.Arbitrary<SelectorFact> = fc.oneof(
  fc.constant({ kind: 'every' as const }),
  fc.constant({ kind: 'input' as const }),
  fc.record({ kind: fc.constant('ids' as const), ids: some(fc.oneof(deviceId, pattern)) }),
  fc.record({
    kind: fc.constant('set' as const),
    name: fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9_-]{0,9}$/),
  }),
  fc.record({
    kind: fc.constant('tag' as const),
    key: anyText,
    comparison: fc.constantFrom('=' as const, '!=' as const, 'like' as const),
    values: some(anyText),
  }),
  fc.record({
    kind: fc.constant('tag' as const),
    key: anyText,
    comparison: order,
    values: fc.tuple(anyText),
  }),
  fc.record({ kind: fc.constant('state' as const), states: some(fc.constantFrom(...SELECTOR_STATES)) }),
  fc.record({
    kind: fc.constantFrom('silent' as const, 'seen' as const),
    bound: fc.option(bound, { nil: undefined }),
  }),
  fc.record({ kind: fc.constant('cert-ends' as const), bound }),
)

/** Facts joined in every way, some deep. */
export function selectorOf(fact: fc.Arbitrary<SelectorFact>): fc.Arbitrary<Selector> {
  const { selector } = fc.letrec<{ selector: Selector }>((tie) => {
    const parts = fc.array(tie('selector'), { minLength: 2, maxLength: 3 })
    return {
      selector: fc.oneof(
        { maxDepth: 5, withCrossShrink: true },
        { arbitrary: fact, weight: 3 },
        { arbitrary: fc.record({ kind: fc.constant('all' as const), of: parts }), weight: 1 },
        { arbitrary: fc.record({ kind: fc.constant('any' as const), of: parts }), weight: 1 },
        { arbitrary: fc.record({ kind: fc.constant('not' as const), of: tie('selector') }), weight: 1 },
      ),
    }
  })
  return selector
}
