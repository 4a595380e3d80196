import { formatDuration } from '../base/duration.ts'
import { printable } from '../base/printable.ts'
import type { ServiceEvent, ServiceStatus } from '../service/events.ts'
import type { ServeOptions } from '../service/up.ts'
import type { StoreState } from '../telemetry/ingest.ts'
import { type LiveBlock, liveBlock } from '../ui/live.ts'
import { counted, countText, rateText } from '../ui/number-text.ts'
import type { Paint } from '../ui/paint.ts'
import { wrapWords } from '../ui/wrap-words.ts'
import type { Terminal } from './terminal.ts'

/**
 * Runs a service and shows what it says: a living block on a terminal, a line of JSON for each event elsewhere. The
 * lines that matter stay on the terminal above the block.
 */
export async function showService(
  terminal: Terminal,
  signal: AbortSignal,
  run: (options: ServeOptions) => Promise<ServiceStatus>,
): Promise<void> {
  if (!terminal.isScreen) {
    const emit = (event: ServiceEvent) =>
      void terminal.line(JSON.stringify({ ts: new Date().toISOString(), ...event }))
    const { messages, stored } = await run({ signal, emit })
    return emit({ event: 'stopped', messages, stored })
  }
  using view = new ServiceView(terminal)
  const { messages, stored } = await run({ signal, emit: view.take })
  view.take({ event: 'stopped', messages, stored })
}

/** Columns of the time at the beginning of a line, with the blanks behind it. */
const TIME = 10
const FOOT = 'Ctrl-C ends it.'
/** A device that is turned away knocks again every few seconds: it is news once in this long, in milliseconds. */
const NEWS_AGAIN = 60_000

class ServiceView implements Disposable {
  readonly #paint: Paint
  readonly #columns: number
  readonly #block: LiveBlock
  #head = ''
  #rate = 0
  #link = ''
  readonly #told = new Map<string, number>()
  #last: { readonly messages: number; readonly at: number } | undefined

  constructor(terminal: Terminal) {
    this.#paint = terminal.paint
    this.#columns = terminal.columns
    this.#block = liveBlock(process.stdout)
  }

  readonly take = (event: ServiceEvent): void => {
    if (event.event === 'status') return this.#show(event)
    if (event.event === 'refused' && !this.#isNews(`${event.identity} ${event.reason}`)) return
    if (event.event === 'link' && this.#isSameLink(event)) return
    if (event.event === 'stopped') this.#block.show([]) // what it said of the present is over
    const line = eventLine(event, this.#paint)
    if (line !== undefined) this.#block.print(wrapWords(line, this.#columns, TIME))
    if (event.event === 'listening' || event.event === 'serving') {
      this.#head = `${event.fleet} on ${event.host}: devices ${event.port}, staff ${event.staffPort}`
      this.#block.show([this.#paint.strong(this.#head), this.#paint.faint(FOOT)])
    }
  };

  [Symbol.dispose](): void {
    this.#block.end()
  }

  /** Who tries again every few seconds and fails alike has said it. */
  #isSameLink({ state, message }: Extract<ServiceEvent, { event: 'link' }>): boolean {
    const link = `${state} ${message}`
    const isSame = link === this.#link
    this.#link = link
    return isSame
  }

  #isNews(what: string): boolean {
    const now = performance.now()
    const before = this.#told.get(what)
    if (before !== undefined && now - before < NEWS_AGAIN) return false
    if (this.#told.size >= 1000) this.#told.clear()
    this.#told.set(what, now)
    return true
  }

  #show(status: ServiceStatus): void {
    const now = performance.now()
    if (this.#last !== undefined) {
      this.#rate = ((status.messages - this.#last.messages) * 1000) / Math.max(1, now - this.#last.at)
    }
    this.#last = { messages: status.messages, at: now }
    this.#block.show([
      this.#paint.strong(this.#head),
      statusLine(status, this.#rate, this.#paint),
      this.#paint.faint(FOOT),
    ])
  }
}

export function statusLine(status: ServiceStatus, rate: number, paint: Paint): string {
  const { connections, messages, stored, deadLetters, refused, lag, spooled, collapsed } = status
  const parts = [
    connections === null ? undefined : `${counted(connections, 'device')} connected`,
    `${counted(messages, 'message')} (${rateText(rate)})`,
    `${counted(stored, 'value')} stored`,
    deadLetters > 0 ? paint.warn(counted(deadLetters, 'dead letter')) : undefined,
    collapsed > 0 ? `${countText(collapsed)} of them replaced` : undefined,
    refused > 0 ? paint.warn(`${refused} refused`) : undefined,
    spooled > 0 ? paint.warn(`${countText(spooled)} spooled`) : undefined,
    lag > 1000 ? paint.warn(`lag ${formatDuration(lag)}`) : undefined,
  ]
  return parts.filter((part) => part !== undefined).join(' · ')
}

function storeText(event: StoreState, paint: Paint): string {
  switch (event.state) {
    case 'ok':
      return `${paint.good('store')}  takes data again`
    case 'away': {
      const meanwhile = event.spooled
        ? 'What arrives is acknowledged and kept in data/spool.'
        : 'Nothing is acknowledged meanwhile.'
      return `${paint.bad('store')}  ${sentence(event.message)} ${meanwhile} Next: ${paint.command('flotilla doctor')}`
    }
    case 'full':
      return `${paint.bad('spool')}  data/spool takes nothing more: ${sentence(event.message)} Nothing is acknowledged until the store takes data or there is room. Next: ${paint.command('flotilla doctor')}`
    case 'room':
      return `${paint.good('spool')}  there is room again: what arrives is acknowledged`
    case 'drained':
      return `${paint.good('spool')}  empty: everything that waited is stored`
  }
}

function sentence(text: string): string {
  return printable(text).replace(/\.?$/, '.')
}

/** What of a service's events a person wants to keep; connections come and go in the block. */
export function eventLine(event: ServiceEvent, paint: Paint): string | undefined {
  const time = paint.faint(new Date().toTimeString().slice(0, 8))
  switch (event.event) {
    case 'listening':
      return `${time}  ${paint.good('up')}  ${event.broker} broker of ${event.fleet} on ${event.host}:${event.port}, staff ${event.staffPort}`
    case 'serving':
      return `${time}  serving ${event.roles.join(', ')} of ${event.fleet} against ${event.host}:${event.staffPort}`
    case 'refused':
      return `${time}  ${paint.warn('refused')}  ${printable(event.identity)} from ${printable(event.address)}: ${event.reason}${event.bytes === undefined ? '' : `, ${event.bytes} bytes`}`
    case 'reloaded':
      return `${time}  who may come in was read anew: ${event.barred} barred, ${counted(event.evicted.length, 'session')} ended`
    case 'store':
      return `${time}  ${storeText(event, paint)}`
    case 'link':
      return `${time}  ${event.state === 'online' ? paint.good('link') : paint.warn('link')}  ${event.state}${event.message ? `: ${printable(event.message)}` : ''}`
    case 'log':
      return `${time}  ${printable(event.message)}`
    case 'stopped':
      return `${time}  stopped: ${event.messages} messages, ${event.stored} values stored`
    case 'connected':
    case 'disconnected':
    case 'status':
      return undefined
  }
}
