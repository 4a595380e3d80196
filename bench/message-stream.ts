import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { IncomingMessage, TelemetrySource } from '../src/lib/telemetry/source.ts'

/** What the benches send: 1000 devices, six numbers and an event time a message. */
export const METRICS = ['flow', 'pressure', 'temperature', 'rpm', 'vibration', 'power']
const OUTSTANDING = 20_000

export type StreamMessage = Omit<IncomingMessage, 'acknowledge'>

/** @param start event time of the first, in milliseconds; each next is one later */
export function messageStream(messages: number, start: number, devices = 1000): readonly StreamMessage[] {
  return Array.from({ length: messages }, (_, n) => {
    const values = METRICS.map(
      (metric, index) => `"${metric}":${(20 + ((n * 7 + index) % 1000) / 31).toFixed(3)}`,
    )
    const payload = Buffer.from(`{"ts":${start + n},${values.join(',')}}`)
    return { topic: `dt/acme/pump-${n % devices}`, payload, arrivedAt: Date.now() }
  })
}

/** Keeps as many messages outstanding as it may; dry when all are acknowledged. */
export class Firehose implements TelemetrySource {
  readonly #stream: readonly StreamMessage[]
  readonly #dry = Promise.withResolvers<void>()
  #sent = 0
  #acknowledged = 0

  constructor(stream: readonly StreamMessage[]) {
    this.#stream = stream
  }

  get dry(): Promise<void> {
    return this.#dry.promise
  }

  async start(receive: (messages: readonly IncomingMessage[]) => void): Promise<void> {
    const acknowledge = (): void => {
      if (++this.#acknowledged === this.#stream.length) this.#dry.resolve()
      else if (this.#acknowledged % 1000 === 0) setImmediate(pour)
    }
    const pour = (): void => {
      const from = this.#sent
      this.#sent = Math.min(this.#stream.length, this.#acknowledged + OUTSTANDING)
      receive(this.#stream.slice(from, this.#sent).map((message) => ({ ...message, acknowledge })))
    }
    pour()
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** What a run over so many messages cost. `stall`: the longest that the event loop was held up, in milliseconds. */
export async function measured(messages: number, run: () => void | Promise<void>) {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const [cpu, from] = [process.cpuUsage(), performance.now()]
  await run()
  const seconds = (performance.now() - from) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return {
    'messages/s': Math.round(messages / seconds),
    'rows/s': Math.round((messages * METRICS.length) / seconds),
    'CPU-s/1M': Number(((user + system) / messages).toFixed(2)),
    stall: Math.round(delay.max / 1e6),
  }
}
