import type { InitResult } from '../fleet/init.ts'
import type { Paint } from '../ui/paint.ts'
import { shellWord } from './shell-word.ts'

/** What `init` says at its end. */
export function initText(result: InitResult, paint: Paint): string {
  const state = result.made.length === 0 ? 'is complete already: nothing was changed.' : 'is ready.'
  return [
    `Fleet ${paint.strong(result.fleet)} in ${result.folder} ${state}`,
    `Broker ${result.broker} on ${result.hosts.join(', ')} · you are ${result.operator}`,
  ].join('\n')
}

/** @param typedFolder as it was typed */
export function nextAfterInit(typedFolder: string): string {
  return typedFolder === '.' ? 'flotilla up' : `flotilla up --fleet ${shellWord(typedFolder)}`
}
