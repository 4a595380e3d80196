import { formatDuration } from '../base/duration.ts'
import type { Death } from '../registry/state.ts'
import { type Diagnosis, healthy, ill } from './diagnosis.ts'

const DAY = 86_400_000

/** Those of the last 24 hours. */
export function recentDeaths(deaths: readonly Death[], now: number): readonly Death[] {
  return deaths.filter(({ at }) => now - at < DAY)
}

/** What is known of the deaths of a mosquitto that `up` runs, and what helps against the last one's cause. */
export function diagnoseDeaths(deaths: readonly Death[], now: number): Diagnosis {
  const recent = recentDeaths(deaths, now)
  const last = recent.at(-1)
  if (last === undefined) return healthy('mosquitto', 'it has not died within 24 hours.')
  const often = recent.length === 1 ? 'once' : `${recent.length} times`
  const finding = `It died ${often} within 24 hours, the last time ${formatDuration(now - last.at)} ago (${last.how}), and was started again.`
  return ill('mosquitto', 'warn', 'BROKER_RESTARTED', finding, remedyOf(last.how))
}

/** mosquitto runs and does not do its work, in the words of who runs it. */
export function diagnoseHung(failing: string): Diagnosis {
  const fix =
    'Look at its process: whether somebody stopped it (kill -CONT), its load, its disk. Killed (kill -KILL) it is started again by flotilla up, without what it took in since it last saved, a minute at most.'
  return ill('mosquitto', 'bad', 'BROKER_HUNG', `${failing}.`, fix)
}

/** @param how in the words of broker/mosquitto/child.ts */
function remedyOf(how: string): string {
  if (how === 'signal SIGKILL')
    return 'Somebody killed it, or the system did for want of memory. That stands in its log: journalctl -k --grep "out of memory"'
  if (how.startsWith('signal ') || how === 'exit code 0') {
    if (!/SIG(SEGV|ABRT|BUS|ILL|FPE)$/.test(how))
      return 'Somebody ended it. Leave that to flotilla up, which starts and stops it.'
    return 'A fault of mosquitto (known ones are in docs/operate/mosquitto.md). Use a newer one, and name it in FLOTILLA_MOSQUITTO.'
  }
  return 'See what it says when it is started by hand, while up is stopped: mosquitto -c data/mosquitto/mosquitto.conf'
}
