import type { InitResult } from '../fleet/init.ts'
import type { Paint } from '../ui/paint.ts'

/** What `init` says at its end. */
export function initText(result: InitResult, typedFolder: string, paint: Paint): string {
  const inFolder = typedFolder === '.' ? '' : ` --fleet ${typedFolder}`
  const state = result.made.length === 0 ? 'is complete already: nothing was changed.' : 'is ready.'
  return [
    `Fleet ${paint.strong(result.fleet)} in ${result.folder} ${state}`,
    `Broker ${result.broker} on ${result.hosts.join(', ')} · you are ${result.operator}`,
    `Next: ${paint.command(`flotilla up${inFolder}`)}`,
  ].join('\n')
}
