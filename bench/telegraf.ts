import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, openSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BrokerAddress, ClientCredential } from '../src/lib/mqtt/broker-address.ts'
import type { QuestdbServer } from '../src/lib/telemetry/questdb/server.ts'
import { METRICS } from './message-stream.ts'
import { cpuSeconds, peakMiB } from './process-cost.ts'

/**
 * Telegraf as a peer, where it is found: `TELEGRAF`, or `.cache/telegraf`. It is built from the Go module
 * `github.com/influxdata/telegraf@v1.36.4`, copied out of the module cache, by `go build -mod=mod -tags
 * custom,inputs.mqtt_consumer,outputs.influxdb_v2,parsers.json,parsers.json_v2 ./cmd/telegraf`.
 */
export function telegrafBinary(): string | undefined {
  const found = process.env['TELEGRAF'] ?? path.resolve(import.meta.dirname, '../.cache/telegraf')
  return existsSync(found) ? found : undefined
}

export interface TelegrafTask {
  readonly binary: string
  readonly folder: string
  readonly broker: BrokerAddress
  readonly credential: ClientCredential
  /** Without a password: Telegraf can only send a token. */
  readonly url: string
}

/** One wide row a message: what Telegraf makes of a JSON object. */
export const TELEGRAF_TABLE = `CREATE TABLE telegraf (timestamp TIMESTAMP, topic SYMBOL, ${METRICS.map((metric) => `${metric} DOUBLE`).join(', ')})
  TIMESTAMP(timestamp) PARTITION BY DAY WAL DEDUP UPSERT KEYS(timestamp, topic)`

/** Telegraf on the stream, and what it cost; on Linux. */
export class Telegraf implements AsyncDisposable {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /** Resolves when it has subscribed. */
  static async start(task: TelegrafTask): Promise<Telegraf> {
    const { credential, folder } = task
    await writeFile(path.join(folder, 'telegraf-ca.pem'), credential.anchor)
    await writeFile(path.join(folder, 'telegraf-chain.pem'), credential.chain)
    await writeFile(path.join(folder, 'telegraf-key.pem'), credential.key, { mode: 0o600 })
    const file = path.join(folder, 'telegraf.conf')
    await writeFile(file, configuration(task))
    const log = openSync(path.join(folder, 'telegraf.log'), 'a')
    const child = spawn(task.binary, ['--config', file], { stdio: ['ignore', log, log] })
    await sleep(2000)
    if (child.exitCode !== null) throw new Error(readFileSync(path.join(folder, 'telegraf.log'), 'utf8'))
    return new Telegraf(child)
  }

  /** CPU-seconds until now. */
  get cpu(): number {
    return cpuSeconds(this.#child.pid!)
  }

  /** Resident memory at its highest, in MiB. */
  get peak(): number {
    return peakMiB(this.#child.pid!)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await ended
  }
}

/** How many rows Telegraf's table holds once nothing has come for two seconds. */
export async function telegrafRows(server: QuestdbServer, expected: number): Promise<number> {
  for (let [rows, since] = [-1, performance.now()]; ; await sleep(100)) {
    const { dataset } = await server.query('SELECT count() FROM telegraf')
    const now = Number(dataset[0]?.[0])
    if (now !== rows) [rows, since] = [now, performance.now()]
    if (now >= expected || performance.now() - since > 10_000) return now
  }
}

function configuration({ broker, url, folder }: TelegrafTask): string {
  return `
[agent]
  omit_hostname = true
  flush_interval = "200ms"
  metric_batch_size = 5000
  metric_buffer_limit = 100000
[[inputs.mqtt_consumer]]
  servers = ["ssl://${broker.host}:${broker.port}"]
  topics = ["dt/acme/#"]
  qos = 1
  client_id = "telegraf"
  persistent_session = true
  max_undelivered_messages = 20000
  name_override = "telegraf"
  data_format = "json"
  json_time_key = "ts"
  json_time_format = "unix_ms"
  tls_ca = "${folder}/telegraf-ca.pem"
  tls_cert = "${folder}/telegraf-chain.pem"
  tls_key = "${folder}/telegraf-key.pem"
[[outputs.influxdb_v2]]
  urls = ["${url}"]
  organization = "none"
  bucket = "none"
  content_encoding = "identity"
`
}
