import { formatDuration } from '../base/duration.ts'
import { printable } from '../base/printable.ts'
import type { SimulationCounts, SimulationEvent } from '../fleet/simulate-fleet.ts'
import { clockText } from '../ui/age.ts'
import { type LiveBlock, liveBlock } from '../ui/live.ts'
import { counted, countText, rateText } from '../ui/number-text.ts'
import type { Paint } from '../ui/paint.ts'
import type { Terminal } from './terminal.ts'

/** Some always are on their way. */
const WAITING = 100

/** Shows a simulation: a living block on a terminal, a line of JSON for each event elsewhere. */
export function simulationView(terminal: Terminal): (event: SimulationEvent) => void {
  if (terminal.isScreen) return new SimulationBlock(terminal.paint).take
  return (event) => void terminal.line(JSON.stringify({ ts: new Date().toISOString(), ...event }))
}

class SimulationBlock {
  readonly #paint: Paint
  readonly #block: LiveBlock = liveBlock(process.stdout)
  readonly #startedAt = performance.now()
  #head = ''
  #before: { readonly at: number; readonly acknowledged: number } | undefined

  constructor(paint: Paint) {
    this.#paint = paint
  }

  readonly take = (event: SimulationEvent): void => {
    const paint = this.#paint
    const time = paint.faint(clockText(Date.now()))
    switch (event.event) {
      case 'started':
        this.#head = `${counted(event.devices, `simulated ${event.profile}`)} on ${event.broker}. Ctrl-C ends it.`
        return this.#block.show([paint.strong(this.#head), 'connecting'])
      case 'stats':
        return this.#block.show([paint.strong(this.#head), countsLine(event, this.#rate(event), paint)])
      case 'refused':
        return this.#block.print(
          `${time}  ${paint.bad('refused')}  ${event.device}  ${printable(event.message)}`,
        )
      case 'offline':
        return this.#block.print(
          `${time}  ${paint.warn('offline')}  ${event.device}  ${printable(event.message)}`,
        )
      case 'online':
        return this.#block.print(`${time}  ${paint.good('online')}   ${event.device}  is connected again`)
      case 'queue':
        return this.#block.print(`${time}  ${queueText(event, paint)}`)
      case 'stopped':
        this.#block.show([summaryLine(event, performance.now() - this.#startedAt, paint)])
        return this.#block.end()
    }
  }

  /** Acknowledged a second since the last look. */
  #rate({ acknowledged }: SimulationCounts): number {
    const at = performance.now()
    const { at: then, acknowledged: before } = this.#before ?? { at: this.#startedAt, acknowledged: 0 }
    this.#before = { at, acknowledged }
    return ((acknowledged - before) * 1000) / Math.max(1, at - then)
  }
}

function queueText({ state, message = '' }: SimulationEvent & { event: 'queue' }, paint: Paint): string {
  if (state === 'ok') return `${paint.good('queue')}  the disk takes messages again`
  return `${paint.bad('queue')}  the disk takes no messages, a hundred of each device stay in memory: ${printable(message)}`
}

export function countsLine(counts: SimulationCounts, rate: number, paint: Paint): string {
  const { connected, devices, acknowledged } = counts
  const all = `${countText(connected)} of ${countText(devices)} connected`
  return [
    connected === devices ? paint.good(all) : paint.warn(all),
    rateText(rate),
    `${countText(acknowledged)} acknowledged`,
    ...troubles(counts, paint),
  ].join(' · ')
}

/** What a simulation says at its end. */
export function summaryLine(counts: SimulationCounts, lasted: number, paint: Paint): string {
  const { devices, published, acknowledged } = counts
  const sent = `${counted(published, 'message')} of ${counted(devices, 'device')} in ${formatDuration(lasted)}`
  return [sent, `${countText(acknowledged)} acknowledged`, ...troubles(counts, paint)].join(' · ')
}

function troubles(
  { refused, denied, dropped, waiting, reconnects }: SimulationCounts,
  paint: Paint,
): string[] {
  return [
    ...(refused > 0 ? [paint.bad(`${countText(refused)} refused`)] : []),
    ...(denied > 0 ? [paint.bad(`${countText(denied)} denied`)] : []),
    ...(dropped > 0 ? [paint.warn(`${countText(dropped)} dropped`)] : []),
    ...(waiting > WAITING ? [paint.warn(`${countText(waiting)} waiting`)] : []),
    ...(reconnects > 0 ? [counted(reconnects, 'reconnect')] : []),
  ]
}
