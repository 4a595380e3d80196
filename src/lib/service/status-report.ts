import { clearInterval, setInterval } from 'node:timers'
import type { EmitEvent, ServiceStatus } from './events.ts'

const EVERY = 1000

/** Says once a second how the service is; nothing while nothing has changed. */
export function reportStatus(status: () => ServiceStatus, emit: EmitEvent): Disposable {
  let last = ''
  const timer = setInterval(() => {
    const now = status()
    const text = JSON.stringify(now)
    if (text === last) return
    last = text
    emit({ event: 'status', ...now })
  }, EVERY)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
