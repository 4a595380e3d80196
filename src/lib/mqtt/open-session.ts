import { setTimeout as sleep } from 'node:timers/promises'
import { InterruptedError, TimedOutError } from '../base/errors.ts'
import { DurableConsumer, type DurableConsumerOptions } from './durable-consumer.ts'

const WITHIN = 5000

/**
 * Has the broker know the session of a durable consumer, so that what comes for it is kept from now on. What waits in it
 * stays there: it is not acknowledged, and comes again.
 * @throws TimedOutError `BROKER_SESSION` · InterruptedError when the signal comes before · what the start of a durable consumer throws
 */
export async function openSession(options: DurableConsumerOptions, signal: AbortSignal): Promise<void> {
  const known = Promise.withResolvers<void>()
  await using consumer = new DurableConsumer({
    ...options,
    bound: 1,
    // What waits comes before the answer to a subscription, and is not to be read here.
    onState: (change) => change.state === 'online' && change.sessionPresent && known.resolve(),
  })
  await Promise.race([consumer.start(() => {}), known.promise, tooLate(options, signal)])
}

async function tooLate(
  { broker: { host, port } }: DurableConsumerOptions,
  signal: AbortSignal,
): Promise<never> {
  await sleep(WITHIN, undefined, { ref: false, signal }).catch(() => {})
  if (signal.aborted) throw new InterruptedError()
  const message = `The broker at ${host}:${port} opens no session within ${WITHIN / 1000} s.`
  throw new TimedOutError('BROKER_SESSION', message, { layer: 'mqtt', hint: 'Look closer: flotilla doctor' })
}
