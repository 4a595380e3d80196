import { nullish, number, object, optional, parse, record, string } from 'valibot'
import { messageOf, UsageError } from '../base/errors.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { BrokerAddress } from '../mqtt/broker-address.ts'
import { type ControlBody, serveControl } from './control.ts'
import type { EmitEvent } from './events.ts'
import type { RunningIngest } from './ingest-role.ts'
import type { ReplayQuery, ReplayTurn } from './replay-letters.ts'

/** What the ingest role answers to operators. Without it telemetry is stored all the same. */
export async function serveIngestControl(
  fleet: Fleet,
  broker: BrokerAddress,
  ingest: RunningIngest,
  emit: EmitEvent,
): Promise<AsyncDisposable> {
  const { credential } = await fleet.identity('svc.ingest')
  const verbs = { replay: async (body: ControlBody) => ({ ...(await ingest.replay(queryOf(body))) }) }
  try {
    return await serveControl({ fleet: fleet.name, role: 'ingest', broker, credential, verbs })
  } catch (error) {
    emit({ event: 'log', message: `Ingest cannot be asked to replay: ${messageOf(error)}` })
    return { async [Symbol.asyncDispose]() {} }
  }
}

const query = object({ after: number(), device: optional(string()), reason: optional(string()) })

/** @throws UsageError `REPLAY_QUERY` */
function queryOf(body: ControlBody): ReplayQuery {
  try {
    return parse(query, body)
  } catch (error) {
    throw new UsageError('REPLAY_QUERY', 'It is not clear what is to be replayed.', { cause: error })
  }
}

const turn = object({
  stored: number(),
  measurements: number(),
  rejected: record(string(), number()),
  after: nullish(number(), null),
})

/** What the role has answered. */
export function turnOf(answer: Readonly<Record<string, unknown>>): ReplayTurn {
  return parse(turn, answer)
}
