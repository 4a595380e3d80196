import { clearTimeout, setTimeout } from 'node:timers'

export interface PulseOptions {
  /** Asks for something cheap on a connection of its own; whether an answer came within so many milliseconds. */
  readonly ask: (within: number) => Promise<boolean>
  /** What a request fails with that is given up. */
  readonly silence: () => unknown
  /** Milliseconds that a request may take before the server is asked whether it lives. */
  readonly concern?: number
  /** And that it has for that, the first time. */
  readonly patience?: number
}

const CONCERN = 2000
const PATIENCE = 3000
const LONGEST = 30_000
/** A doubt that is older is forgotten, in milliseconds. */
const MEMORY = 10 * 60_000

/**
 * Gives a request up soon when its server shows no sign of life, and never because it is slow: a hung server would
 * else be found out by the request's own time-out only. One whose workers are all busy answers nobody, though, and looks
 * the same. So each time in a row that it is doubted it is given twice as long: what takes it long gets through.
 */
export class Pulse {
  readonly #options: PulseOptions
  #heard = -Infinity
  #asking: Promise<boolean> | undefined
  #doubts = { count: 0, at: -Infinity }

  constructor(options: PulseOptions) {
    this.#options = options
  }

  /** @param request gives up when the signal fires */
  async during<T>(request: (abandoned: AbortSignal) => Promise<T>): Promise<T> {
    const abandoned = new AbortController()
    using _ = this.#watch(() => abandoned.abort())
    try {
      const answer = await request(abandoned.signal)
      this.#heard = performance.now()
      return answer
    } catch (error) {
      throw abandoned.signal.aborted ? this.#options.silence() : error
    }
  }

  #watch(giveUp: () => void): Disposable {
    let timer: NodeJS.Timeout | undefined
    let isOver = false
    const look = async (): Promise<void> => {
      const lives = await this.#lives()
      if (isOver) return
      if (lives) wait()
      else giveUp()
    }
    const wait = (): void => {
      timer = setTimeout(() => void look(), this.#options.concern ?? CONCERN)
    }
    wait()
    return {
      [Symbol.dispose]() {
        isOver = true
        clearTimeout(timer)
      },
    }
  }

  /** Requests that are on their way at the same time ask once. */
  #lives(): Promise<boolean> {
    this.#asking ??= this.#ask().finally(() => (this.#asking = undefined))
    return this.#asking
  }

  /** What another request is answered meanwhile counts as well. */
  async #ask(): Promise<boolean> {
    const asked = performance.now()
    const doubts = asked - this.#doubts.at > MEMORY ? 0 : this.#doubts.count
    const within = Math.min((this.#options.patience ?? PATIENCE) * 2 ** doubts, LONGEST)
    const lives = (await this.#options.ask(within)) || this.#heard > asked
    this.#doubts = lives ? { count: 0, at: asked } : { count: doubts + 1, at: asked }
    return lives
  }
}
