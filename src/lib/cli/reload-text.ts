import type { ReloadResult } from '../fleet/reload-broker.ts'

/** Whether the broker knows, and whose session it ended. */
export function brokerToldText({ broker, evicted }: Pick<ReloadResult, 'broker' | 'evicted'>): string {
  if (broker === 'none') return 'No broker runs from this directory now: it counts from its next start on.'
  const ended =
    evicted.length === 1 ? '1 live session was ended' : `${evicted.length} live sessions were ended`
  return `The broker knows${evicted.length === 0 ? '; nobody had to be disconnected' : `: ${ended}`}.`
}
