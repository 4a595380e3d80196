import { MemoryQueue, type Outgoing } from '../../src/lib/device/outgoing-queue.ts'

/** Remembers which `n` the broker has acknowledged: those must not be lost. */
export class WitnessQueue extends MemoryQueue {
  readonly acknowledged = new Set<number>()

  override settle(message?: Outgoing): void {
    if (message !== undefined) this.acknowledged.add((JSON.parse(message.payload) as { n: number }).n)
    super.settle()
  }
}
