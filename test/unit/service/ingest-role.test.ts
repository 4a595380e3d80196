import { expect, test } from 'vitest'
import { ingestRole } from '../../../src/lib/service/ingest-role.ts'
import { IngestCounts, type IngestStats } from '../../../src/lib/telemetry/ingest-counts.ts'

const stats = (more: Partial<IngestStats> = {}): IngestStats => ({
  ...new IngestCounts(),
  ...{ lag: 0, storeFailing: undefined, spool: undefined, holding: undefined },
  ...more,
})

test('whatever is in the way of ingest is told: the store, its broker, both', () => {
  expect(ingestRole(stats()).failing).toBeUndefined()
  expect(ingestRole(undefined, 'No broker.').failing).toBe('No broker.')
  const storeFailing = 'No store.'
  expect(ingestRole(stats({ storeFailing })).failing).toBe('No store.')
  expect(ingestRole(stats({ storeFailing }), 'No broker.').failing).toBe('No store. No broker.')
})

test('how many values were replaced goes with it', () => {
  expect(ingestRole(stats({ collapsed: 7 })).collapsed).toBe(7)
})
