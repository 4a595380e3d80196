import { existsSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { poll } from '../../src/lib/base/retry.ts'
import type { FailureDocument } from '../../src/lib/cli/failure.ts'
import type { ProvisionResult } from '../../src/lib/fleet/provision-result.ts'
import { TestFleet } from '../support/fleet.ts'

test('Ctrl-C says how far it came, and the same line goes on', async () => {
  await using fleet = await TestFleet.make()
  const line = ['device', 'provision', '--count', '20000', '--prefix', 'z'] as const
  const first = path.join(fleet.folder, 'devices', 'z-00001.ndjson')
  await using running = fleet.start(...line)
  expect(await poll(() => existsSync(first) || undefined, { within: 20_000, every: 5 })).toBe(true)
  expect(await running.stop('SIGINT')).toBe(130)
  const { error } = JSON.parse(running.lines.join('\n')) as FailureDocument
  expect(error).toMatchObject({ code: 'INTERRUPTED', hint: expect.stringContaining('the same line goes on') })
  const { issued } = error.details as { readonly issued: number }
  expect(issued).toBeGreaterThan(0)
  expect(error.message).toBe(`Interrupted after ${issued} of 20000 rows.`)
  const rest = await fleet.json<ProvisionResult>(...line)
  expect(rest).toMatchObject({ rows: 20_000, already: issued, issued: 20_000 - issued, failed: 0 })
})
