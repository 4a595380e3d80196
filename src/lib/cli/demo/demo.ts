import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { ExitCode, UnreachableError, UsageError } from '../../base/errors.ts'
import { poll } from '../../base/retry.ts'
import type { StoreChoice } from '../../fleet/config-text.ts'
import { FleetDirectory } from '../../fleet/directory.ts'
import { Fleet } from '../../fleet/fleet.ts'
import { shellWord } from '../shell-word.ts'
import type { Terminal } from '../terminal.ts'
import { Background } from './background.ts'
import { freePorts } from './free-ports.ts'
import { type Program, startChild } from './program.ts'
import { type DemoSummary, summarize } from './summary.ts'

export interface DemoRequest {
  readonly program: Program
  readonly terminal: Terminal
  readonly json: boolean
  readonly broker: 'embedded' | 'mosquitto'
  readonly store: StoreChoice
  readonly signal: AbortSignal
}

const FOLDER = 'demo-fleet'
const NAME = 'demo'
const DEVICES = 5
const NOTHING_CAME = ExitCode.timedOut
const BLOCKED = 'pump-0003'
/** A plot of less would be a few dots; milliseconds. */
const PLOTTED = 12_000
/** A server that is still fetched takes so long on a slow line; milliseconds. */
const STORE_WAIT = 5 * 60_000
/** What a server looks like that is not there yet. */
const STARTING: ReadonlySet<string> = new Set(['STORE_DOWN', 'STORE_RESET'])

/**
 * The main job on embedded defaults, in a folder that each demo makes anew: every step is a real command, printed as
 * it can be typed afterwards and run as a process of its own. Whatever happens, nothing is left running.
 */
export async function runDemo(request: DemoRequest): Promise<DemoSummary> {
  const directory = new FleetDirectory(FOLDER)
  await wipe(directory)
  await using running = new AsyncDisposableStack()
  const say = new Script(request)

  say.chapter('The program on the PATH, and the fleet that is meant, for this terminal')
  say.setting(request.program.settings(FOLDER))

  say.chapter('A fleet: its certificate authorities, its credentials, its configuration')
  await say.run(['init', FOLDER, '--name', NAME, ...(await choices(request)), '--unencrypted-ca-keys'])
  say.aside('Your own: without --unencrypted-ca-keys it asks for a passphrase of the CA keys.')

  await storeAnswers(directory, say, request.signal)

  say.chapter('Broker and services, over mutual TLS')
  const up = running.use(say.start(['up']))
  await up.until(({ event }) => event === 'listening', 20_000)

  say.chapter('Five devices, each with a key and a certificate of its own')
  await say.run(['device', 'provision', '--count', String(DEVICES), '--prefix', 'pump', '--tag', 'hall=B'])

  say.chapter('They connect and report, simulated here, on those certificates')
  const simulated = ['simulate', 'hall=B', '--profile', 'pump', '--rate', '2']
  const simulation = running.use(say.start(simulated))
  await simulation.until((line) => Number(line['connected']) >= DEVICES, 20_000)
  const since = performance.now()

  say.chapter('Live, as a technician would watch it')
  await say.run(['tail', '--count', '8'])

  say.chapter('The latest values, and a plot of what was stored')
  await say.run(['telemetry', 'latest', 'pump-0001', 'pump-0002'])
  await say.wait(PLOTTED - (performance.now() - since), 'letting a few seconds of data come together')
  await say.run(['telemetry', 'plot', 'pump-0001', 'pump-0002', '--metric', 'flow', '--last', '15s'])

  say.chapter('One device is blocked: it is out at once, both ways')
  await say.run(['device', 'block', BLOCKED])
  if (request.broker === 'embedded') await refusedOnce(directory)
  else await say.run(['tail', BLOCKED, '--for', '3s'], NOTHING_CAME) // mosquitto lets it knock and drops what it says
  await say.run(['device', 'show', BLOCKED])

  const summary = await summarize(await Fleet.at(directory), simulation.last('stats'))
  await running.disposeAsync()
  return summary
}

/** What differs from the defaults: broker and store, and ports where the usual ones are taken. */
async function choices({ broker, store }: DemoRequest): Promise<readonly string[]> {
  const [port = 0, staffPort = 0] = await freePorts([8883, 8884])
  const server = ['--store', store.kind, '--store-url', store.url, '--store-user', store.user]
  return [
    ...(broker === 'embedded' ? [] : ['--broker', broker]),
    ...(store.kind === 'embedded' ? [] : server),
    ...(port === 8883 ? [] : ['--port', String(port)]),
    ...(staffPort === 8884 ? [] : ['--staff-port', String(staffPort)]),
  ]
}

/**
 * A store that does not answer is told before anything is sent to it. Whoever starts one for the demo starts it just
 * now: it may still be fetched.
 * @throws UnreachableError `STORE_DOWN` when it does not come in time
 */
async function storeAnswers(directory: FleetDirectory, say: Script, signal: AbortSignal): Promise<void> {
  await using fleet = await Fleet.at(directory)
  const store = await fleet.telemetry()
  let down: unknown
  const ask = async () => {
    try {
      await store.stats()
      return true
    } catch (error) {
      if (!(error instanceof UnreachableError) || !STARTING.has(error.code)) throw error
      if (down === undefined)
        say.note(`${error.message} Waiting for it, ${STORE_WAIT / 60_000} minutes at most …`)
      down = error
      return undefined
    }
  }
  if ((await poll(ask, { within: STORE_WAIT, every: 1000, signal })) === undefined) throw down
}

/** Only a folder that a demo made is wiped. */
async function wipe(directory: FleetDirectory): Promise<void> {
  if (existsSync(directory.root)) {
    const name = existsSync(directory.configFile) ? (await Fleet.at(directory)).name : undefined
    if (name !== NAME) {
      throw new UsageError('DEMO_FOLDER', `./${FOLDER} holds something that no demo made.`, {
        hint: 'Run the demo in another folder.',
      })
    }
  }
  await rm(directory.root, { recursive: true, force: true })
}

/** The blocked device comes back after a pause of its own, and is turned away. */
async function refusedOnce(directory: FleetDirectory): Promise<void> {
  await using fleet = await Fleet.at(directory)
  const state = await fleet.state()
  const ask = async () =>
    (await state.refused({ identity: BLOCKED })).some(({ reason }) => reason === 'blocked') || undefined
  await poll(ask, { within: 15_000, every: 250 })
}

/** Prints commands as a person types them, and runs them. */
class Script {
  readonly #request: DemoRequest

  constructor(request: DemoRequest) {
    this.#request = request
  }

  chapter(title: string): void {
    const { terminal } = this.#request
    terminal.note(`\n${terminal.notePaint.strong(`# ${title}`)}`)
  }

  /** A line that is only to be typed: children get it from us. */
  setting(line: string): void {
    const { terminal } = this.#request
    terminal.note(`${terminal.notePaint.faint('$')} ${terminal.notePaint.command(line)}`)
  }

  note(text: string): void {
    this.#request.terminal.note(text)
  }

  aside(text: string): void {
    const { terminal } = this.#request
    terminal.note(terminal.notePaint.faint(text))
  }

  async wait(milliseconds: number, why: string): Promise<void> {
    if (milliseconds <= 0) return
    this.aside(`(${why})`)
    await sleep(milliseconds, undefined, { signal: this.#request.signal })
  }

  /** @throws UnreachableError `DEMO_STEP` when the command ends with another exit code */
  async run(args: readonly string[], expected: number = ExitCode.done): Promise<void> {
    const { program, signal, json } = this.#request
    this.#print(args, '')
    const child = startChild(program, args, { stdio: json ? 'stderr' : 'inherit', fleet: FOLDER })
    const stop = () => void child.kill('SIGTERM')
    signal.addEventListener('abort', stop)
    const [code] = (await once(child, 'close')) as [number | null]
    signal.removeEventListener('abort', stop)
    signal.throwIfAborted()
    if (code !== expected)
      throw new UnreachableError('DEMO_STEP', `"flotilla ${args.join(' ')}" ended with exit code ${code}.`)
  }

  start(args: readonly string[]): Background {
    const { program } = this.#request
    this.#print(args, ' &')
    return new Background(
      startChild(program, [...args, '--json'], { stdio: 'pipe', fleet: FOLDER }),
      `flotilla ${args.join(' ')}`,
    )
  }

  #print(args: readonly string[], tail: string): void {
    this.setting(`${['flotilla', ...args].map(shellWord).join(' ')}${tail}`)
  }
}
