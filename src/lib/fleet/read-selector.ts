import { UsageError } from '../base/errors.ts'
import { isDeviceId } from '../base/names.ts'
import { readInput } from '../base/read-input.ts'
import { parseSelector } from '../registry/parse-selector.ts'
import type { Moments } from '../registry/registry.ts'
import { factsOf, mapFacts, type Selector } from '../registry/selector.ts'
import { findSets } from './find-sets.ts'
import type { Fleet } from './fleet.ts'

/** A selector with all that it needs to choose: nothing of it is open any more. */
export interface ReadSelector {
  readonly selector: Selector
  readonly moments: Moments
}

/**
 * What the words of a command line mean now, with the ids on standard input where they ask for them; undefined: no
 * words.
 * @throws UsageError `SELECTOR_SYNTAX`, `SELECTOR_INPUT` · NotFoundError `SET_UNKNOWN`
 */
export async function readSelector(
  fleet: Fleet,
  words: readonly string[],
  now: number,
): Promise<ReadSelector | undefined> {
  if (words.length === 0) return undefined
  const selector = parseSelector(words)
  const facts = factsOf(selector)
  const sets = facts.flatMap((fact) => (fact.kind === 'set' ? [fact.name] : []))
  if (sets.length > 0) await findSets(await fleet.registry(), sets)
  const asksSilence = facts.some(({ kind }) => kind === 'silent')
  const moments = asksSilence ? await momentsOfSilence(fleet, now) : { now, heardUntil: now }
  return { selector: await withInput(selector), moments }
}

/** Loaded only by who asks: most selectors do not. */
async function momentsOfSilence(fleet: Fleet, now: number): Promise<Moments> {
  const { listening } = await import('./service-facts.ts')
  const { until, absence } = await listening(fleet, now)
  return { now, heardUntil: until, absence }
}

/** Ids on standard input, read once however often they are asked for. */
async function withInput(selector: Selector): Promise<Selector> {
  if (!factsOf(selector).some(({ kind }) => kind === 'input')) return selector
  const ids = idsOf((await readInput('-')).toString('utf8'))
  return mapFacts(selector, (fact) => (fact.kind === 'input' ? { kind: 'ids', ids } : fact))
}

/** One a line, or more with spaces or commas between them. */
function idsOf(text: string): readonly string[] {
  return text.split('\n').flatMap((line, index) => {
    const ids = line.split(/[\s,]+/).filter((id) => id !== '')
    const wrong = ids.find((id) => !isDeviceId(id))
    if (wrong === undefined) return ids
    const shown = JSON.stringify(wrong.slice(0, 80))
    throw new UsageError(
      'SELECTOR_INPUT',
      `Standard input, line ${index + 1}: ${shown} is no id of a device.`,
      {
        hint: "Give one id a line: flotilla device list silent --json | jq -r '.devices[].id'",
      },
    )
  })
}
