import { setTimeout as sleep } from 'node:timers/promises'
import type { CertificateRecord } from '../../src/lib/registry/device.ts'
import type { Registry } from '../../src/lib/registry/registry.ts'
import { openSqliteRegistry } from '../../src/lib/registry/sqlite/registry.ts'
import { openSqliteState } from '../../src/lib/registry/sqlite/state.ts'

/**
 * Another process on the same registry: `node registry-process.ts FOLDER ROLE NAME [COUNT]`. Prints a line for each
 * thing done; a failure ends it with the code on stderr.
 */
const [folder = '', role = '', name = '', count = '0'] = process.argv.slice(2)
const files = { registryFile: `${folder}/registry.db`, stateFile: `${folder}/state.db` }

const ROWS = 50

const ROLES: Readonly<Record<string, () => Promise<void>>> = {
  /** Many small changes, as fast as they go. */
  async change() {
    await using registry = await openSqliteRegistry({ ...files, migrate: false })
    for (let index = 0; index < Number(count); index++) await addRows(registry, index, 1)
  },
  /** Changes of many rows that never end. */
  async provision() {
    await using registry = await openSqliteRegistry({ ...files, migrate: false })
    for (let index = 0; ; index++) await addRows(registry, index, ROWS)
  },
  /** Holds the write lock for two seconds, again and again. */
  async hold() {
    await using registry = await openSqliteRegistry({ ...files, migrate: false })
    for (let index = 0; index < Number(count); index++) {
      await registry.change(`op.${name}`, { action: 'hold', subject: name }, async () => {
        console.log('holding')
        await sleep(2000)
      })
    }
  },
  /** Reads until it is told to stop; what it sees only grows. */
  async read() {
    await using registry = await openSqliteRegistry({ ...files, migrate: false })
    let before = 0
    const stop = new AbortController()
    process.once('SIGTERM', () => stop.abort())
    while (!stop.signal.aborted) {
      const { rows, brokenAt } = await registry.verifyAudit()
      const devices = await registry.countDevices()
      if (brokenAt !== undefined || rows < before || devices < rows)
        throw new Error(`saw ${rows} rows, ${devices} devices`)
      before = rows
      console.log('read')
      await sleep(1)
    }
  },
  /** Opens both at a moment when nobody has made them yet. */
  async init() {
    await using _state = await openSqliteState({ stateFile: files.stateFile, migrate: true })
    await using registry = await openSqliteRegistry({ ...files, migrate: true })
    await addRows(registry, 0, 1)
  },
  /** Opens it as another user. */
  async stranger() {
    process.setuid!(65_534)
    await using _registry = await openSqliteRegistry({ ...files, migrate: false })
  },
}

async function addRows(registry: Registry, index: number, rows: number): Promise<void> {
  const ids = Array.from({ length: rows }, (_, row) => `${name}-${index}-${row}`)
  await registry.change(
    `op.${name}`,
    { action: 'add', subject: ids[0]!, details: { rows } },
    async (write) => {
      await write.addDevices(ids.map((id) => ({ id, life: 'issued', tags: { by: name } })))
      await write.addCertificates(ids.map(certificateOf))
    },
  )
  console.log(index)
}

function certificateOf(id: string): Omit<CertificateRecord, 'revokedAt'> {
  const serial = Buffer.from(id).toString('hex').toUpperCase()
  const names = { serial, thumbprint: serial.toLowerCase(), subject: id, issuer: 'devices' }
  return { ...names, profile: 'device', notBefore: 0, notAfter: 1 }
}

try {
  await ROLES[role]!()
} catch (error) {
  console.error(error instanceof Error && 'code' in error ? error.code : error)
  process.exitCode = 1
}
