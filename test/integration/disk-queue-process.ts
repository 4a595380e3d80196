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
  if (count === Infinity) process.stdout.write(`${number}\n`)
}
process.stdout.write(`size ${queue.size} lost ${lost}\n`)
