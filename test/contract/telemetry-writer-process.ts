import { Measurements } from '../../src/lib/telemetry/measurements.ts'
import { openSqliteTelemetry } from '../../src/lib/telemetry/sqlite/store.ts'
import { batchOf } from './telemetry-batches.ts'

/** Writes batches from a number on, for ever, and prints each number once its batch may be acknowledged. */
const [folder = '', first = '0'] = process.argv.slice(2)
await using store = await openSqliteTelemetry({ folder, sync: 'normal', readOnly: false })
for (let number = Number(first); ; number++) {
  await store.write(Measurements.of(batchOf(number)))
  process.stdout.write(`${number}\n`)
}
