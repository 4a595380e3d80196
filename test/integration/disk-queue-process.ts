import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { DiskQueues } from '../../src/lib/device/disk-queue.ts'

/** Adds numbered messages for ever, and says after each how many were added: until it is killed, or to the count. */
const [file, most] = process.argv.slice(2)
const count = most === undefined ? Infinity : Number(most)
const queue = new DiskQueues(file!, {
  bound: 1_000_000,
  keep: 'newest',
  onState: ({ state }) => process.stdout.write(`${state}\n`),
}).of('pump-1')
let lost = 0
for (let number = 1; number <= count; number++) {
  if (!queue.add({ topic: 't', payload: String(number).padEnd(100) })) lost++
  // Pipes are written between turns of the event loop: without one, nobody would hear of it.
  if (count === Infinity && !process.stdout.write(`${number}\n`)) await once(process.stdout, 'drain')
  if (count === Infinity && number % 100 === 0) await turn()
}
process.stdout.write(`size ${queue.size} lost ${lost}\n`)
