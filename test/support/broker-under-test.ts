import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { poll } from '../../src/lib/base/retry.ts'
import type { Admission, BrokerEvent, ServedBroker } from '../../src/lib/broker/broker.ts'
import { startEmbeddedBroker } from '../../src/lib/broker/embedded.ts'
import { startMosquitto } from '../../src/lib/broker/mosquitto/mosquitto.ts'
import { type Connection, type ConnectOptions, connect, type Message } from '../../src/lib/mqtt/connection.ts'
import type { Credential } from '../../src/lib/pki/credential.ts'
import { createTestAuthorities, serialOf, type TestAuthorities } from './certificates.ts'
import { freePort } from './free-port.ts'
import { mosquittoBinary, mosquittoMissing } from './mosquitto.ts'

/** A broker of flotilla with a throw-away fleet, and clients for it. */
export interface BrokerUnderTest extends AsyncDisposable {
  readonly authorities: TestAuthorities
  readonly served: ServedBroker
  readonly events: BrokerEvent[]
  /** Connects to the listener for devices. */
  device(id: string, options?: ClientOptions): Promise<Connection>
  /** Connects to the listener for staff, each time with a session of its own. */
  staff(name: string, options?: ClientOptions): Promise<Connection>
  /** Blocks these devices, and revokes these certificates; everybody else is let in. */
  admit(out: {
    readonly barred?: readonly string[]
    readonly revoked?: readonly Credential[]
  }): Promise<readonly string[]>
}

type ClientOptions = Partial<Omit<ConnectOptions, 'credential'>> & { readonly credential?: Credential }

export interface BrokerDriver {
  readonly name: ServedBroker['kind']
  readonly skip: boolean
  start(options: DriverOptions): Promise<ServedBroker>
}

export interface DriverOptions {
  readonly admission: Admission
  readonly authorities: TestAuthorities
  readonly onEvent: (event: BrokerEvent) => void
}

export const FLEET = 'acme'
export const OPERATORS = ['op.alice', 'op.bob'] as const
const SETTINGS = { fleet: FLEET, bind: '127.0.0.1', clientId: 'cn' } as const

const embedded: BrokerDriver = {
  name: 'embedded',
  skip: false,
  start: ({ admission, onEvent }) =>
    startEmbeddedBroker({
      ...SETTINGS,
      port: 0,
      staffPort: 0,
      admission,
      onTelemetry: async () => {},
      onEvent,
    }),
}

const mosquitto: BrokerDriver = {
  name: 'mosquitto',
  skip: mosquittoMissing(),
  async start({ admission, authorities, onEvent }) {
    const folder = await mkdtemp(path.join(tmpdir(), 'flotilla-mosquitto-'))
    const evictor = { name: 'svc.broker', credential: authorities.issue('service', 'svc.broker') }
    const ports = { port: await freePort(), staffPort: await freePort() }
    const places = { binary: mosquittoBinary()!, folder, host: '127.0.0.1' }
    const served = await startMosquitto({ ...SETTINGS, ...ports, ...places, admission, evictor, onEvent })
    const dispose = served[Symbol.asyncDispose].bind(served)
    served[Symbol.asyncDispose] = async () => {
      await dispose()
      await rm(folder, { recursive: true })
    }
    return served
  },
}

export const BROKER_DRIVERS: readonly BrokerDriver[] = [embedded, mosquitto]

export async function startBroker(driver: BrokerDriver): Promise<BrokerUnderTest> {
  const authorities = await createTestAuthorities(FLEET)
  const events: BrokerEvent[] = []
  const admission = (barred: readonly string[] = [], revoked: readonly Credential[] = []): Admission => ({
    trust: authorities.trust(revoked),
    barred,
    operators: OPERATORS,
    revoked: revoked.map((credential) => ({ serial: serialOf(credential), subject: subjectOf(credential) })),
  })
  const served = await driver.start({
    admission: admission(),
    authorities,
    onEvent: (event) => events.push(event),
  })
  const open = (port: number, clientId: string, credential: Credential, options: Partial<ConnectOptions>) =>
    connect({ broker: { host: '127.0.0.1', port }, credential, clientId, within: 5000, ...options })
  let number = 0
  return {
    authorities,
    served,
    events,
    device: (id, { credential = authorities.issue('device', id), ...options } = {}) =>
      open(served.port, id, credential, options),
    staff: (name, { credential = authorities.issue('service', name), ...options } = {}) =>
      open(served.staffPort, `${name}-${++number}`, credential, options),
    admit: ({ barred, revoked }) => served.apply(admission(barred, revoked)),
    [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
  }
}

/** What arrives at a subscriber, and whether it does. */
export class Inbox {
  readonly messages: Message[] = []
  readonly receive = (message: Message): void => void this.messages.push(message)

  get topics(): readonly string[] {
    return this.messages.map(({ topic }) => topic)
  }

  get texts(): readonly string[] {
    return this.messages.map(({ payload }) => Buffer.from(payload).toString())
  }

  /** Waits for so many messages with this text; fails after five seconds. */
  async expect(text: string, times = 1): Promise<void> {
    const count = (): number => this.texts.filter((one) => one === text).length
    const found = await poll(() => count() >= times || undefined, { within: 3000, every: 10 })
    if (found === true) return
    throw new Error(
      `"${text}" came ${count()} of ${times} times; the last: ${this.topics.slice(-10).join(', ')}`,
    )
  }
}

function subjectOf({ certificate }: Credential): string {
  return new X509Certificate(certificate).subject.replace('CN=', '')
}
