import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../../base/clock.ts'
import { messageOf, UnreachableError } from '../../base/errors.ts'
import { printable } from '../../base/printable.ts'
import { backoffDelay } from '../../base/retry.ts'
import type { BrokerAddress } from '../../mqtt/broker-address.ts'
import type { Credential } from '../../pki/credential.ts'
import type { Admission, BrokerEvent, BrokerSettings, ServedBroker } from '../broker.ts'
import { outNotices } from '../out-notice.ts'
import { portTaken } from '../port-taken.ts'
import { type MosquittoChild, spawnMosquitto } from './child.ts'
import { FILES } from './configuration.ts'
import { evict, giveNotice } from './evict.ts'
import { admissionFiles, configurationFile } from './files.ts'
import { findMosquitto } from './find.ts'
import { writeFiles, writeMosquittoFolder } from './folder.ts'
import { endLeftover } from './leftover.ts'
import { type LogEntry, MosquittoLog } from './log.ts'
import { mosquittoMissing } from './missing.ts'
import { newlyOut, type Out, outOf } from './out.ts'

export interface StartMosquitto extends BrokerSettings {
  /** Default: the one that {@link findMosquitto} finds. */
  readonly binary?: string
  /** Where its files and what it remembers lie. Absolute. */
  readonly folder: string
  readonly admission: Admission
  /** A service that connects to end the sessions of others. */
  readonly evictor: { readonly name: string; readonly credential: Credential }
  /** A name or address of the broker that its certificate carries. */
  readonly host: string
  /** Opens the sessions that must be there before a device is let in; they stay when it resolves. */
  readonly openSessions?: (staff: BrokerAddress, signal: AbortSignal) => Promise<void>
  readonly onEvent: (event: BrokerEvent) => void
  /** What happens to the process itself, in words. */
  readonly onLog?: (message: string) => void
  /** It has died by itself, and how. It is started again, unless that is the last of too many. */
  readonly onDeath?: (how: string) => void
  /** It runs again. */
  readonly onAgain?: () => void
}

const READY_MS = 10_000
const RELOADED_MS = 1000
const BACKOFF = { initial: 250, max: 5000 }
/** Deaths within a minute after which it is given up. */
const DEATHS = 5
const MINUTE = 60_000

/**
 * Runs mosquitto as a child of this process: it ends with us, and is started again when it dies by itself.
 * @throws NotFoundError `MOSQUITTO_MISSING` · UnreachableError `BROKER_PORT`, `BROKER_START`
 * @throws UsageError `CLIENT_ID_RULE`, `BROKER_PORT`
 */
export async function startMosquitto(options: StartMosquitto): Promise<ServedBroker> {
  const binary = options.binary ?? findMosquitto()
  if (binary === undefined) throw mosquittoMissing()
  await endLeftover(options.folder)
  await writeMosquittoFolder({ ...options, user: userInfo().username })
  const broker = new MosquittoBroker(options, binary)
  await broker.prepareSessions()
  await broker.start()
  return broker
}

class MosquittoBroker implements ServedBroker {
  readonly kind = 'mosquitto'
  readonly #options: StartMosquitto
  readonly #binary: string
  readonly #log: MosquittoLog
  readonly #failing = Promise.withResolvers<Error>()
  readonly #deaths: number[] = []
  #out: Out
  #evicting: ReadonlySet<string> = new Set()
  #child: MosquittoChild | undefined
  #reloaded = Promise.withResolvers<void>()
  #lastError = ''
  readonly #ending = new AbortController()
  #restarting: Promise<void> = Promise.resolve()

  constructor(options: StartMosquitto, binary: string) {
    this.#options = options
    this.#binary = binary
    this.#log = new MosquittoLog(options.port)
    this.#out = outOf(options.admission)
  }

  get failed(): Promise<Error> {
    return this.#failing.promise
  }

  get port(): number {
    return this.#options.port
  }

  get staffPort(): number {
    return this.#options.staffPort
  }

  connections(): number {
    return this.#log.live().filter(({ kind }) => kind === 'device').length
  }

  /**
   * What mosquitto gets for a session that it does not know is acknowledged and gone. So it first runs for staff alone,
   * until the sessions that matter are open, and has them on the disk when it ends.
   */
  async prepareSessions(): Promise<void> {
    const { folder, host, staffPort, openSessions } = this.#options
    if (openSessions === undefined) return
    const settings = { ...this.#options, user: userInfo().username }
    await writeFiles(folder, [configurationFile(settings, 'staff')])
    const log = new MosquittoLog(this.#options.port)
    const child = await this.#run((line, running) => {
      const entry = log.take(line)
      if (entry !== undefined && 'entry' in entry) this.#note(entry, running)
    })
    try {
      const opened = openSessions({ host, port: staffPort }, this.#ending.signal)
      await Promise.race([opened, child.ended.then((how) => Promise.reject(this.#startFailure(how)))])
    } finally {
      await child.stop()
      this.#child = undefined
      await writeFiles(folder, [configurationFile(settings)])
    }
    if (!this.#hasSessions) throw this.#startFailure(`it leaves no ${FILES.sessions}`)
  }

  /** Starts the process and resolves when it listens. */
  async start(): Promise<void> {
    const child = await this.#run((line, running) => this.#take(line, running))
    void child.ended.then((how) => this.#end(how))
  }

  async #run(take: (line: string, running: () => void) => void): Promise<MosquittoChild> {
    const running = Promise.withResolvers<'running'>()
    const child = spawnMosquitto({
      binary: this.#binary,
      configuration: path.join(this.#options.folder, FILES.configuration),
      onLine: (line) => take(line, () => running.resolve('running')),
    })
    this.#child = child
    const deadline = sleep(READY_MS, 'silent' as const, { ref: false })
    const first = await Promise.race([running.promise, child.ended, deadline])
    if (first === 'running') return child
    this.#child = undefined
    await child.stop()
    throw this.#startFailure(first)
  }

  async apply(admission: Admission): Promise<readonly string[]> {
    const { folder, fleet, host, staffPort, evictor } = this.#options
    await writeFiles(folder, admissionFiles(fleet, admission))
    const out = newlyOut(this.#out, admission)
    const live = this.#log.live()
    if (this.#child !== undefined) {
      await this.#reload()
      const by = { ...evictor, staff: { host, port: staffPort } }
      await giveNotice(outNotices(fleet, out, { barred: admission.barred, at: systemClock.now() }), by)
      const ids = out.flatMap((name) => [name, ...live.filter((one) => one.name === name).map(idOf)])
      this.#evicting = new Set(out)
      await evict([...new Set(ids)], by)
    }
    this.#out = outOf(admission)
    return live.map(({ name }) => name).filter((name) => out.includes(name))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort()
    await this.#child?.stop()
    await this.#restarting
  }

  /** Resolves when it reads its rules anew; its log says so. */
  async #reload(): Promise<void> {
    this.#reloaded = Promise.withResolvers()
    this.#child?.signal('SIGHUP')
    await Promise.race([this.#reloaded.promise, sleep(RELOADED_MS, undefined, { ref: false })])
  }

  #take(line: string, running: () => void): void {
    const entry = this.#log.take(line)
    if (entry === undefined) return
    if ('event' in entry) this.#options.onEvent(this.#withEviction(entry))
    else this.#note(entry, running)
  }

  #note(entry: Exclude<LogEntry, BrokerEvent>, running: () => void): void {
    if (entry.entry === 'error') this.#lastError = printable(entry.message)
    else if (entry.entry === 'running') running()
    else this.#reloaded.resolve()
  }

  /** A session is ended by another of its name (evict.ts), which to mosquitto is one more device that came again. */
  #withEviction(event: BrokerEvent): BrokerEvent {
    if (event.event !== 'disconnected' || !this.#evicting.has(event.client)) return event
    return { ...event, reason: 'evicted' }
  }

  #end(how: string): void {
    this.#child = undefined
    for (const event of this.#log.ended()) this.#options.onEvent(event)
    if (!this.#ending.signal.aborted) this.#restarting = this.#restart(how)
  }

  async #restart(how: string): Promise<void> {
    const now = performance.now()
    this.#deaths.push(now)
    this.#options.onDeath?.(how)
    const recent = this.#deaths.filter((at) => now - at < MINUTE).length
    if (recent >= DEATHS) return this.#failing.resolve(this.#died(how))
    this.#options.onLog?.(
      `mosquitto has ended (${how}${this.#lastError && `: ${this.#lastError}`}). Starting it again.`,
    )
    const { signal } = this.#ending
    await sleep(backoffDelay(recent, BACKOFF), undefined, { ref: false, signal }).catch(() => {})
    if (signal.aborted) return
    try {
      if (!this.#hasSessions) await this.prepareSessions()
      if (!signal.aborted) await this.start()
      if (signal.aborted) await this.#child?.stop()
      else this.#options.onAgain?.()
    } catch (error) {
      if (!signal.aborted) await this.#restart(messageOf(error))
    }
  }

  get #hasSessions(): boolean {
    return existsSync(path.join(this.#options.folder, FILES.sessions))
  }

  #died(how: string): Error {
    return new UnreachableError(
      'BROKER_DIED',
      `mosquitto died ${DEATHS} times in a minute, at last with ${how}.`,
      {
        layer: 'mqtt',
        hint: `Start it by hand to see why: mosquitto -c ${path.join(this.#options.folder, FILES.configuration)}`,
      },
    )
  }

  #startFailure(how: string): Error {
    const { port, staffPort, folder } = this.#options
    if (/address already in use/i.test(this.#lastError))
      return portTaken(`${port} or ${staffPort}`, 'EADDRINUSE')
    const why = how === 'silent' ? `it said nothing for ${READY_MS / 1000} s` : this.#lastError || how
    return new UnreachableError('BROKER_START', `mosquitto does not start: ${why}.`, {
      layer: 'mqtt',
      hint: `Start it by hand to see more: mosquitto -c ${path.join(folder, FILES.configuration)}`,
    })
  }
}

const idOf = ({ clientId }: { readonly clientId: string }): string => clientId
