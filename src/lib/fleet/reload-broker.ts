import { NotFoundError } from '../base/errors.ts'
import type { Admission } from '../broker/broker.ts'
import { type BrokerTarget, brokerTarget } from './broker-target.ts'
import { readBrokerTrust } from './broker-trust.ts'
import { connectOperator } from './connect-operator.ts'
import { everyCertificate } from './every-certificate.ts'
import type { Fleet, Identity } from './fleet.ts'
import { runningBroker } from './running-broker.ts'

/** What became of telling the broker who may come in now. */
export interface ReloadResult {
  /** `up`: the broker of `flotilla up`; `mosquitto`: one that `broker config` has written; `none`: none runs from here. */
  readonly broker: 'up' | 'mosquitto' | 'none'
  /** Devices barred now. */
  readonly barred: number
  /**
   * Whose live sessions were ended, a name once for each. A mosquitto that is not ours does not tell: there it is whose
   * sessions were ended if they had any.
   */
  readonly evicted: readonly string[]
}

/** Five seconds are promised; the rest of them is for starting up. */
const WITHIN = 4000

/**
 * Tells the broker who may come in now: the barred devices, the CRLs. It takes effect before this resolves.
 * @throws TimedOutError, UnreachableError, RefusedError when the broker runs and cannot be told
 */
export async function reloadBroker(fleet: Fleet): Promise<ReloadResult> {
  if ((await runningBroker(fleet.directory)) !== undefined) return askRunning(fleet)
  const target = await brokerTarget(fleet.directory)
  if (target === undefined) {
    const barred = await (await fleet.registry()).barred()
    return { broker: 'none', barred: barred.length, evicted: [] }
  }
  return rewriteMosquitto(fleet, target)
}

/** Who may come in, read anew from registry and directory. */
export async function readAdmission(fleet: Fleet): Promise<Admission> {
  const registry = await fleet.registry()
  const trust = await readBrokerTrust(fleet.directory)
  const barred = await registry.barred()
  const operators = await everyCertificate(registry, { profile: 'operator', revoked: false })
  const revoked = await everyCertificate(registry, { revoked: true })
  return {
    trust,
    barred,
    operators: [...new Set(operators.map(({ subject }) => subject))],
    revoked: revoked.map(({ serial, subject }) => ({ serial, subject })),
  }
}

async function askRunning(fleet: Fleet): Promise<ReloadResult> {
  const { request } = await import('../mqtt/request.ts')
  await using connection = await connectOperator(fleet, { within: WITHIN })
  const answer = await request(connection, {
    fleet: fleet.name,
    role: 'broker',
    verb: 'reload',
    within: WITHIN,
  })
  const evicted = Array.isArray(answer['evicted']) ? answer['evicted'].map(String) : []
  return { broker: 'up', barred: Number(answer['barred'] ?? 0), evicted }
}

async function rewriteMosquitto(fleet: Fleet, { folder }: BrokerTarget): Promise<ReloadResult> {
  const { reloadMosquitto } = await import('../broker/mosquitto/reload.ts')
  const admission = await readAdmission(fleet)
  const evictor = await evictorOf(fleet)
  const evicted = await reloadMosquitto({
    folder,
    admission,
    fleet: fleet.name,
    staff: await fleet.address('staff'),
    evictor,
  })
  return { broker: 'mosquitto', barred: admission.barred.length, evicted }
}

/** The service whose task it is, where its credential lies here; else the operator who types. */
async function evictorOf(fleet: Fleet): Promise<Identity> {
  try {
    return await fleet.identity('svc.broker')
  } catch (error) {
    if (error instanceof NotFoundError) return fleet.operator()
    throw error
  }
}
