import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { openSqliteRegistry } from '../src/lib/registry/sqlite/registry.ts'
import { openSqliteState } from '../src/lib/registry/sqlite/state.ts'

const DAY = 86_400_000

/**
 * Fills a fleet directory with devices `pump-000000` … that have a certificate, tags and a history of six messages; one
 * in a hundred is silent, and of each thousand ten certificates end soon.
 */
export async function fillFleet(fleet: string, devices: number): Promise<void> {
  const data = (name: string) => path.join(fleet, 'data', name)
  await using state = await openSqliteState({ stateFile: data('state.db'), migrate: false })
  await using registry = await openSqliteRegistry({
    registryFile: data('registry.db'),
    stateFile: data('state.db'),
    migrate: false,
  })
  const now = Date.now()
  for (let start = 0; start < devices; start += 1000) {
    const ids = Array.from({ length: 1000 }, (_, index) => `pump-${String(start + index).padStart(6, '0')}`)
    await registry.change('op.bench', { action: 'bench', subject: 'devices' }, async (write) => {
      await write.addDevices(ids.map((id, index) => ({ id, life: 'issued', tags: tagsOf(id, index) })))
      await write.addCertificates(
        ids.map((subject, index) => ({
          serial: randomBytes(16).toString('hex').toUpperCase(),
          thumbprint: randomBytes(32).toString('hex'),
          ...{ subject, profile: 'device' as const, issuer: 'devices' },
          ...{ notBefore: now - 1000, notAfter: now + (index < 10 ? 20 : 3650) * DAY },
        })),
      )
    })
    for (let message = 6; message >= 1; message--) {
      await state.noteSeen(
        ids.map((device, index) => ({
          device,
          at: now - message * 20_000 - (index % 100 === 0 ? 600_000 : 0),
          messages: 1,
        })),
      )
    }
  }
  // Silence is counted up to here, so that nobody falls silent while the bench goes on.
  const ingest = { role: 'ingest', host: 'bench', pid: 1, startedAt: now, at: now, stopped: true, lag: 0 }
  await state.noteServices([{ ...ingest, failing: undefined }])
}

/** A serial number is a value that no other device has. */
function tagsOf(id: string, index: number): Record<string, string> {
  return { line: id.at(-1)!, fw: `2.${index % 12}.${index % 7}`, serial: `AC-${id.slice(5)}` }
}
