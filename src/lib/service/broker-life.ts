import { type Clock, systemClock } from '../base/clock.ts'
import type { Death, State } from '../registry/state.ts'
import type { RoleState } from './heartbeat.ts'

const DAY = 86_400_000
/** Who dies five times a minute ends `up`: more in a day takes somebody who starts that again and again. */
const KEPT = 1000

/** What the process of the broker goes through, where it is another than this one. */
export class BrokerLife {
  readonly #clock: Clock
  #deaths: readonly Death[]
  #down: string | undefined
  #silent: string | undefined

  /** @param before how it died under an `up` before this one */
  constructor(before: readonly Death[], clock: Clock = systemClock) {
    this.#deaths = before
    this.#clock = clock
  }

  static async of(state: State): Promise<BrokerLife> {
    const note = (await state.services()).find(({ role }) => role === 'broker')
    return new BrokerLife(note?.deaths ?? [])
  }

  died(how: string): void {
    const at = this.#clock.now()
    this.#deaths = [...this.#deaths.filter((death) => at - death.at < DAY), { at, how }].slice(-KEPT)
    this.#down = `it died (${how}) and is started again`
  }

  runs(): void {
    this.#down = undefined
  }

  /** @param silent that it does not answer, in words; undefined: it does again */
  answers(silent: string | undefined): void {
    this.#silent = silent
  }

  role(): RoleState {
    return { role: 'broker', lag: 0, failing: this.#down ?? this.#silent, deaths: this.#deaths }
  }
}
