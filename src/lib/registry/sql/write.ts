import type { Kysely } from 'kysely'
import type { Clock } from '../../base/clock.ts'
import { NotFoundError, UsageError } from '../../base/errors.ts'
import { foldId, type StoredLife } from '../device.ts'
import type { NewDevice, RegistryWrite } from '../registry.ts'
import { addBatch, advanceBatch, finishBatch } from './batches.ts'
import { certificateRow } from './certificates.ts'
import { chunks } from './chunks.ts'
import { keepSet, removeSet } from './sets.ts'
import type { OneOf, RegistryTables } from './tables.ts'

/** The statements of one transaction. */
export function registryWrite(db: Kysely<RegistryTables>, oneOf: OneOf, clock: Clock): RegistryWrite {
  return {
    device: (id) => db.selectFrom('devices').select(['id', 'life']).where('id', '=', id).executeTakeFirst(),
    addDevices: (devices) => addDevices(db, oneOf, devices, clock.now()),
    setLife: (ids, life) => updateDevices(db, oneOf, ids, { life }),
    setBlocked: (ids, blocked) => updateDevices(db, oneOf, ids, { blocked: blocked ? 1 : 0 }),
    setTags: (ids, tags) => setTags(db, oneOf, ids, tags),
    async addCertificates(certificates) {
      for (const chunk of chunks(certificates)) {
        await db.insertInto('certificates').values(chunk.map(certificateRow)).execute()
      }
    },
    revokeCertificates: (serials, at, reason) => revokeCertificates(db, oneOf, serials, { at, reason }),
    addBatch: (batch) => addBatch(db, batch, clock.now()),
    advanceBatch: (name, rows) => advanceBatch(db, name, rows),
    finishBatch: (name, failed) => finishBatch(db, name, failed, clock.now()),
    keepSet: (set) => keepSet(db, oneOf, set, clock.now()),
    removeSet: (name) => removeSet(db, name),
  }
}

async function addDevices(
  db: Kysely<RegistryTables>,
  oneOf: OneOf,
  devices: readonly NewDevice[],
  createdAt: number,
): Promise<void> {
  await refuseTaken(db, oneOf, devices)
  for (const chunk of chunks(devices)) {
    const rows = chunk.map(({ id, life }) => ({ id, life, blocked: 0, created_at: createdAt }))
    await db.insertInto('devices').values(rows).execute()
  }
  const tags = devices.flatMap(({ id, tags }) =>
    Object.entries(tags).map(([key, value]) => ({ device: id, key, value })),
  )
  for (const chunk of chunks(tags)) await db.insertInto('tags').values(chunk).execute()
}

/** Said by name, which a constraint would not; the transaction is open, so nobody comes in between. */
async function refuseTaken(
  db: Kysely<RegistryTables>,
  oneOf: OneOf,
  devices: readonly NewDevice[],
): Promise<void> {
  const ids = devices.map(({ id }) => id)
  const folded = new Set<string>()
  for (const id of ids) {
    if (folded.size === folded.add(foldId(id)).size) throw taken(id, 'is asked for twice')
  }
  const there = await db.selectFrom('devices').select('id').where(oneOf('id', ids)).executeTakeFirst()
  if (there !== undefined) throw taken(there.id, 'is in the registry already')
}

function taken(id: string, how: string): UsageError {
  return new UsageError('DEVICE_EXISTS', `Device ${id} ${how}; upper and lower case make no difference.`, {
    hint: `flotilla device show ${id}`,
  })
}

async function updateDevices(
  db: Kysely<RegistryTables>,
  oneOf: OneOf,
  ids: readonly string[],
  change: { readonly life: StoredLife } | { readonly blocked: number },
): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable('devices')
    .set(change)
    .where(oneOf('id', ids))
    .executeTakeFirstOrThrow()
  if (Number(numUpdatedRows) < distinct(ids)) await refuseUnknown(db, oneOf, ids)
}

async function setTags(
  db: Kysely<RegistryTables>,
  oneOf: OneOf,
  ids: readonly string[],
  tags: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  await refuseUnknown(db, oneOf, ids)
  for (const [key, value] of Object.entries(tags)) {
    if (value === undefined) {
      await db.deleteFrom('tags').where('key', '=', key).where(oneOf('device', ids)).execute()
      continue
    }
    await db
      .insertInto('tags')
      .columns(['device', 'key', 'value'])
      .expression((query) =>
        query
          .selectFrom('devices')
          .select(['id', query.val(key).as('key'), query.val(value).as('value')])
          .where(oneOf('id', ids)),
      )
      .onConflict((conflict) => conflict.columns(['device', 'key']).doUpdateSet({ value }))
      .execute()
  }
}

async function revokeCertificates(
  db: Kysely<RegistryTables>,
  oneOf: OneOf,
  serials: readonly string[],
  { at, reason }: { readonly at: number; readonly reason: string | undefined },
): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable('certificates')
    // The first revocation stands: it is on lists that are out already. Both expressions see the row as it was.
    .set((query) => ({
      revoked_at: query.fn.coalesce('revoked_at', query.val(at)),
      revoked_reason: query
        .case()
        .when('revoked_at', 'is', null)
        .then(query.val(reason ?? null))
        .else(query.ref('revoked_reason'))
        .end(),
    }))
    .where(oneOf('serial', serials))
    .executeTakeFirstOrThrow()
  if (Number(numUpdatedRows) === new Set(serials).size) return
  throw new NotFoundError('CERTIFICATE_UNKNOWN', 'The registry does not know all of these serials.', {
    hint: 'flotilla cert list shows them.',
  })
}

/** A device that is not there cannot be blocked: to say nothing would let somebody believe it is. */
async function refuseUnknown(
  db: Kysely<RegistryTables>,
  oneOf: OneOf,
  ids: readonly string[],
): Promise<void> {
  const rows = await db.selectFrom('devices').select('id').where(oneOf('id', ids)).execute()
  const known = new Set(rows.map(({ id }) => foldId(id)))
  const missing = ids.find((id) => !known.has(foldId(id)))
  if (missing === undefined) return
  throw new NotFoundError('DEVICE_UNKNOWN', `No device of this fleet is called ${missing}.`, {
    hint: 'flotilla device list shows them.',
  })
}

function distinct(ids: readonly string[]): number {
  return new Set(ids.map(foldId)).size
}
