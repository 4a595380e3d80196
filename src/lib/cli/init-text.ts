import { printable } from '../base/printable.ts'
import type { InitResult } from '../fleet/init.ts'
import type { Paint } from '../ui/paint.ts'
import { shellWord } from './shell-word.ts'

/** What `init` says at its end. */
export function initText(result: InitResult, paint: Paint): string {
  const state = result.made.length === 0 ? 'is complete already: nothing was changed.' : 'is ready.'
  return [
    `Fleet ${paint.strong(result.fleet)} in ${result.folder} ${state}`,
    `Broker ${result.broker} on ${result.hosts.join(', ')} · you are ${result.operator}`,
    ...externalLines(result),
    ...laterLines(result, paint),
  ].join('\n')
}

/** No command of ours starts it. */
function externalLines({ broker }: InitResult): readonly string[] {
  if (broker !== 'external') return []
  return [
    'The broker is yours to run: broker config writes what a mosquitto needs, and says',
    'how to start it. serve (or up, here the same) then stores what devices send.',
  ]
}

function laterLines({ store: { problem } }: InitResult, paint: Paint): readonly string[] {
  if (problem === null) return []
  return [
    paint.warn(`The tables of the store are neither made nor checked: ${printable(problem.message)}`),
    ...(problem.hint === null ? [] : [printable(problem.hint)]),
    'Then flotilla migrate makes them; up and serve do so at their start, too.',
  ]
}

/** @param typedFolder as it was typed */
export function nextAfterInit({ store, broker }: InitResult, typedFolder: string): string {
  const start = broker === 'external' ? 'broker config --to DIR' : 'up'
  const command = store.problem === null ? start : 'migrate'
  return `flotilla ${command}${typedFolder === '.' ? '' : ` --fleet ${shellWord(typedFolder)}`}`
}
