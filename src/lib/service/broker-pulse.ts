import type { ConnectionState, ConnectOptions } from '../mqtt/connection.ts'

export interface BrokerPulseOptions {
  /** The process of the broker, as far as it is known. */
  readonly process: () => Promise<number | undefined>
  /** It takes connections and answers nothing: in words; undefined: it answers again. */
  readonly onChange: (silent: string | undefined) => void
}

/** A PING every three seconds: who leaves one unanswered is known within six. Seconds. */
const KEEPALIVE = 4
/** And whether it answers again is tried as often. Milliseconds. */
const WITHIN = 5000
const BACKOFF = { initial: 500, max: 3000 }

/**
 * How a connection is to be kept that tells whether a broker answers. A process that hangs dies of nothing, and its
 * devices wait for their own keep-alives: nobody else would say it for a minute.
 */
export function brokerPulse({
  process,
  onChange,
}: BrokerPulseOptions): Pick<ConnectOptions, 'keepalive' | 'within' | 'backoff' | 'onState'> {
  let isSilent = false
  const say = async (): Promise<void> => {
    const pid = await process().catch(() => undefined)
    if (isSilent) onChange(`mosquitto${pid === undefined ? '' : ` (process ${pid})`} does not answer`)
  }
  const onState = (change: ConnectionState): void => {
    const wasSilent = isSilent
    // A connection that was cut is opened anew at once; a death is told by who watches the process.
    if (change.state === 'online') isSilent = false
    else if (change.failure?.code === 'BROKER_SILENT') isSilent = true
    if (isSilent && !wasSilent) void say()
    if (wasSilent && !isSilent) onChange(undefined)
  }
  return { keepalive: KEEPALIVE, within: WITHIN, backoff: BACKOFF, onState }
}
