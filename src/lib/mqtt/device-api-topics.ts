/**
 * The topics of the device API that AWS IoT device SDKs speak, for one thing, or with `+` for all. Requests go from
 * the device to a service and answers back; they are listed apart and exactly, because a device that may write
 * `$aws/things/<id>/#` forges its own answers.
 */
export interface DeviceApi {
  readonly requests: readonly string[]
  readonly answers: readonly string[]
}

const thing = (id: string): string => `$aws/things/${id}`
const answersTo = (request: string): readonly string[] => [`${request}/accepted`, `${request}/rejected`]

/** The classic shadow and the named ones. */
export function shadowTopics(id: string): DeviceApi {
  const shadows = [`${thing(id)}/shadow`, `${thing(id)}/shadow/name/+`]
  const requests = shadows.flatMap((shadow) => ['get', 'update', 'delete'].map((verb) => `${shadow}/${verb}`))
  const notices = shadows.flatMap((shadow) => [`${shadow}/update/delta`, `${shadow}/update/documents`])
  return { requests, answers: [...requests.flatMap(answersTo), ...notices] }
}

/** Jobs, and the streams that their files come by. */
export function jobTopics(id: string): DeviceApi {
  const jobs = `${thing(id)}/jobs`
  const streams = `${thing(id)}/streams/+`
  const requests = [`${jobs}/get`, `${jobs}/start-next`, `${jobs}/+/get`, `${jobs}/+/update`]
  return {
    requests: [...requests, `${streams}/get/+`, `${streams}/describe/+`],
    answers: [
      ...requests.flatMap(answersTo),
      ...[`${jobs}/notify`, `${jobs}/notify-next`],
      ...[`${streams}/data/+`, `${streams}/description/+`, `${streams}/rejected/+`],
    ],
  }
}

/** Health reports (Device Defender), as JSON or CBOR. */
export function healthTopics(id: string): DeviceApi {
  const requests = [`${thing(id)}/defender/metrics/+`]
  return { requests, answers: requests.flatMap(answersTo) }
}
