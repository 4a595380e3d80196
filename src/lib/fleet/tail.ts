import { aborted } from '../base/aborted.ts'
import { formatDuration } from '../base/duration.ts'
import { InterruptedError, TimedOutError } from '../base/errors.ts'
import type { ConnectionState, Message } from '../mqtt/connection.ts'
import type { Decoded } from '../telemetry/decode.ts'
import { connectOperator } from './connect-operator.ts'
import type { Fleet } from './fleet.ts'
import { watchRefusals } from './refusal-watch.ts'
import { revokedOperator } from './revoked-operator.ts'
import type { TailCondition } from './tail-condition.ts'
import { type TailLine, tailLines } from './tail-line.ts'
import { tailScope } from './tail-scope.ts'

/** What ends a tail by itself; without both it runs until the signal. */
export interface TailGoal {
  /** End after this many lines. */
  readonly count: number | undefined
  /** End after this many milliseconds. */
  readonly lasting: number | undefined
  /** Milliseconds, with those for connecting, after which it ends where no line has come; undefined: only connecting has a limit. */
  readonly within: number | undefined
}

export interface TailRequest extends TailGoal {
  /** A selector; no words choose everything. */
  readonly words: readonly string[]
  /** None: all. */
  readonly metrics: readonly string[]
  /** Only readings that fulfil it, whatever of them is shown; undefined: all. */
  readonly where?: TailCondition | undefined
  readonly signal: AbortSignal
  readonly emit: (line: TailLine) => void
  readonly onState: (state: ConnectionState) => void
}

export interface TailSummary {
  readonly lines: number
  readonly devices: number
  /** Messages among them that ingest would not take. */
  readonly rejected: number
}

/** A stream may rest a moment between reads: it costs much less, and nobody sees three milliseconds. */
const REST = 3

/**
 * Shows telemetry as it arrives, with QoS 0: to watch must not weigh on the broker.
 * @throws what `connectOperator` and `tailScope` throw
 * @throws RefusedError `BROKER_REFUSED` when it is not let in any more: its certificate was revoked, say
 * @throws TimedOutError `NOTHING_CAME` when a time is over before the first line, or before the number asked for
 * @throws InterruptedError when the signal comes before the goal
 */
export async function tail(fleet: Fleet, request: TailRequest): Promise<TailSummary> {
  const { within, signal, onState, lasting } = request
  const patience = within === undefined ? undefined : AbortSignal.timeout(within)
  const { filters, wants } = await tailScope(fleet, request.words)
  const decode = await decoderOf(fleet)
  const counter = new LineCounter(request)
  const metrics = request.metrics.length === 0 ? undefined : new Set(request.metrics)
  const receive = (message: Message) => {
    const arrivedAt = Date.now()
    const decoded = decode(message, arrivedAt)
    if (decoded.device !== undefined && !wants(decoded.device)) return
    for (const line of tailLines(message, arrivedAt, decoded, { metrics, where: request.where }))
      counter.take(line)
  }
  const identity = await fleet.operator()
  const watch = watchRefusals((refusal) => revokedOperator(fleet, identity, refusal))
  await using connection = await connectOperator(fleet, {
    as: identity,
    reconnect: true,
    rest: REST,
    ...(within === undefined ? {} : { within }),
    signal,
    onState: (state) => {
      onState(state)
      watch.onState(state)
    },
  })
  await connection.subscribe(filters, receive, { qos: 0 })
  const time = lasting === undefined ? [] : [aborted(AbortSignal.timeout(lasting))]
  const silence = patience === undefined ? [] : [counter.emptyAt(patience)]
  const failure = await Promise.race([
    counter.full,
    aborted(signal),
    connection.closed,
    watch.refused,
    ...time,
    ...silence,
  ])
  if (failure !== undefined && !signal.aborted) throw failure
  return counter.close(signal.aborted)
}

/** The rules of ingest, so that what is shown is what is stored, and what is not stored says why. */
async function decoderOf(fleet: Fleet): Promise<(message: Message, arrivedAt: number) => Decoded> {
  const { decode, ArrivalClock } = await import('../telemetry/decode.ts')
  const context = {
    fleet: fleet.name,
    retention: fleet.config.retention.measurements,
    arrivalTime: new ArrivalClock(),
  }
  return ({ topic, payload }, arrivedAt) => decode({ topic, payload, arrivedAt }, context)
}

/** Hands lines on up to the number asked for, and says at the end whether the goal was reached. */
class LineCounter {
  readonly #goal: TailGoal
  readonly #emit: TailRequest['emit']
  readonly #full = Promise.withResolvers<undefined>()
  readonly #devices = new Set<string>()
  #lines = 0
  #rejected = 0

  constructor({ count, lasting, within, emit }: TailRequest) {
    this.#goal = { count, lasting, within }
    this.#emit = emit
  }

  get full(): Promise<undefined> {
    return this.#full.promise
  }

  /** Resolves then if no line has come; where one has it is {@link full} that counts. */
  async emptyAt(time: AbortSignal): Promise<undefined> {
    await aborted(time)
    return this.#lines === 0 ? undefined : this.#full.promise
  }

  take(line: TailLine): void {
    if (this.#isFull) return
    this.#lines++
    if (line.device !== null) this.#devices.add(line.device)
    if ('rejected' in line) this.#rejected++
    this.#emit(line)
    if (this.#isFull) this.#full.resolve(undefined)
  }

  close(interrupted: boolean): TailSummary {
    const { count, lasting, within } = this.#goal
    const summary = { lines: this.#lines, devices: this.#devices.size, rejected: this.#rejected }
    if (this.#isFull) return summary
    const isAwaited = within !== undefined && this.#lines === 0
    if (interrupted && (count !== undefined || lasting !== undefined || isAwaited))
      throw new InterruptedError()
    if (!interrupted && (count !== undefined || this.#lines === 0)) throw tooFew(this.#lines, this.#goal)
    return summary
  }

  get #isFull(): boolean {
    return this.#goal.count !== undefined && this.#lines >= this.#goal.count
  }
}

function tooFew(lines: number, { count, lasting = Infinity, within = Infinity }: TailGoal): TimedOutError {
  const what = lines === 0 ? 'Nothing came' : `Only ${lines} of ${count} lines came`
  const time = lines === 0 ? Math.min(lasting, within) : lasting
  return new TimedOutError('NOTHING_CAME', `${what} within ${formatDuration(time)}.`, {
    hint: 'When each device was last heard: flotilla device list',
  })
}
