import { expect, test } from 'vitest'
import { ingestRole } from '../../../src/lib/service/ingest-role.ts'
import { IngestCounts, type IngestStats } from '../../../src/lib/telemetry/ingest-counts.ts'

const stats = (more: Partial<IngestStats> = {}): IngestStats => ({
  ...new IngestCounts(),
  ...{ lag: 0, storeFailing: undefined, spool: undefined, holding: undefined },
  ...more,
})

const link = { message: 'No broker.', since: 700 }

test('whatever is in the way of ingest is told: the store, its broker, both', () => {
  expect(ingestRole(stats()).failing).toBeUndefined()
  expect(ingestRole(undefined, link).failing).toBe('No broker.')
  const storeFailing = 'No store.'
  expect(ingestRole(stats({ storeFailing })).failing).toBe('No store.')
  expect(ingestRole(stats({ storeFailing }), link).failing).toBe('No store. No broker.')
})

test('how many values were replaced goes with it', () => {
  expect(ingestRole(stats({ collapsed: 7 })).collapsed).toBe(7)
})

test('devices cannot be heard without a broker, nor while nothing is acknowledged; a spool hears them', () => {
  const holding = { since: 500, message: 'no space' }
  const deafSince = (...given: Parameters<typeof ingestRole>) => ingestRole(...given).deafSince
  expect(deafSince(stats({ storeFailing: 'No store.' }))).toBeUndefined()
  expect(deafSince(stats(), link)).toBe(700)
  expect(deafSince(stats({ holding }), link)).toBe(500)
})
