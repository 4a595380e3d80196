import { isOrder, type TagFact } from './selector.ts'
import { fulfils } from './tag-comparison.ts'
import { isNumberText, parseVersion } from './version.ts'

/** How an order is asked for; `doubtful`: a stored value of which the answer depends on what was meant. */
export interface Reading {
  readonly fact: TagFact
  readonly doubtful: string | undefined
}

/**
 * A decimal like 2.4 that is typed may be a version or a number, and 2.10 is above it as one and below it as the other.
 * What the tag has stored shows which: `2.4.3` and `v2` are versions only, `-3.5` and `1e3` numbers only. Where nothing
 * shows it, the tag's name may: fw below 2.4 means versions. What is left is doubtful, as is a tag that has both kinds,
 * where the readings differ for a stored value: to guess would choose the wrong devices without a word.
 */
export function readDecimal(stored: readonly string[], fact: TagFact): Reading {
  const [asked = ''] = fact.values
  if (!isOrder(fact.comparison) || !DECIMAL.test(asked)) return { fact, doubtful: undefined }
  const asNumber: TagFact = { ...fact, values: [`+${asked}`] }
  const hasVersion = stored.some((value) => parseVersion(value) !== undefined && !isNumberText(value))
  const hasNumber = stored.some((value) => isNumberText(value) && parseVersion(value) === undefined)
  if (hasNumber && !hasVersion && !NAMES_VERSION.test(fact.key))
    return { fact: asNumber, doubtful: undefined }
  if (!hasNumber && (hasVersion || NAMES_VERSION.test(fact.key))) return { fact, doubtful: undefined }
  const differs = (value: string) => isNumberText(value) && fulfils(value, fact) !== fulfils(value, asNumber)
  return { fact, doubtful: stored.find(differs) }
}

const DECIMAL = /^\d+\.\d+$/
/** `fw`, `firmware`, `modem-fw`, `os_version`. */
const NAMES_VERSION = /(?:^|[-_.:])(?:fw|firmware|sw|software|version|release|os|kernel|bootloader)$/i
