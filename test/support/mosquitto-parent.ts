/** Runs mosquitto as `flotilla up` does, until it is killed. argv: a JSON file of the settings. */
import { readFileSync } from 'node:fs'
import { startMosquitto } from '../../src/lib/broker/mosquitto/mosquitto.ts'

const settings = JSON.parse(readFileSync(process.argv[2]!, 'utf8'))
await startMosquitto({ ...settings, onEvent: () => {} })
process.stdout.write('listening\n')
setInterval(() => {}, 60_000)
