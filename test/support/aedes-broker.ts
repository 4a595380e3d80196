import { once } from 'node:events'
import { Aedes, type Client } from 'aedes'
import type { TestAuthorities } from './certificates.ts'
import { listenTls, type TlsListener } from './tls-listener.ts'

/** A real MQTT 3.1.1 broker over mutual TLS: it lets everybody do everything, and its listener can go and come back. */
export class AedesBroker implements AsyncDisposable {
  readonly aedes: Aedes
  readonly #authorities: TestAuthorities
  #listener: TlsListener

  private constructor(aedes: Aedes, authorities: TestAuthorities, listener: TlsListener) {
    this.aedes = aedes
    this.#authorities = authorities
    this.#listener = listener
  }

  static async start(authorities: TestAuthorities): Promise<AedesBroker> {
    const aedes = await Aedes.createBroker()
    return new AedesBroker(aedes, authorities, await AedesBroker.#listen(aedes, authorities, 0))
  }

  get port(): number {
    return this.#listener.port
  }

  get address(): { readonly host: string; readonly port: number } {
    return { host: '127.0.0.1', port: this.port }
  }

  cut(): void {
    this.#listener.cut()
  }

  /** The broker's network is gone; its sessions stay. */
  async stopListening(): Promise<void> {
    await this.#listener[Symbol.asyncDispose]()
  }

  async listenAgain(): Promise<void> {
    this.#listener = await AedesBroker.#listen(this.aedes, this.#authorities, this.port)
  }

  /** As if another client had published it, at QoS 1. */
  publish(topic: string, payload: string | Buffer): Promise<void> {
    const packet = { cmd: 'publish', topic, payload, qos: 1, retain: false, dup: false } as const
    return new Promise((resolve, reject) =>
      this.aedes.publish(packet, (error) => (error ? reject(error) : resolve())),
    )
  }

  async nextClient(): Promise<Client> {
    const [client] = (await once(this.aedes as unknown as NodeJS.EventEmitter, 'clientReady')) as [Client]
    return client
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listener[Symbol.asyncDispose]()
    await new Promise<void>((resolve) => this.aedes.close(() => resolve()))
  }

  static #listen(aedes: Aedes, { server, deviceTrust, staffTrust }: TestAuthorities, port: number) {
    const trust = [...deviceTrust, ...staffTrust]
    return listenTls({ server, trust, port, onConnection: (socket) => aedes.handle(socket) })
  }
}
