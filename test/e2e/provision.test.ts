import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AuditListing, AuditVerification } from '../../src/lib/fleet/audit.ts'
import type { BatchListing, BatchView } from '../../src/lib/fleet/batch-view.ts'
import { deviceCredential } from '../../src/lib/fleet/credentials.ts'
import { FleetDirectory } from '../../src/lib/fleet/directory.ts'
import type { DeviceListing } from '../../src/lib/fleet/list-devices.ts'
import type { ProvisionResult } from '../../src/lib/fleet/provision-result.ts'
import type { DeviceDetails } from '../../src/lib/fleet/show-device.ts'
import { cn, ecKeys, makeCsr } from '../support/csr.ts'
import { TestFleet } from '../support/fleet.ts'
import { lookAtProvisioned } from '../support/provisioned.ts'

let fleet: TestFleet
beforeAll(async () => {
  fleet = await TestFleet.make()
})
afterAll(() => fleet[Symbol.asyncDispose]())

const file = async (name: string, ...lines: readonly string[]) => {
  const written = path.join(fleet.folder, name)
  await writeFile(written, `${lines.join('\n')}\n`)
  return written
}
const total = async () => (await fleet.json<DeviceListing>('device', 'list', '--limit', '1')).total
const linesOf = async (name: string) =>
  (await readFile(name, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

describe('a file of devices', () => {
  test('each row becomes a device, its other columns tags', async () => {
    const csv = await file('hall.csv', 'id,hall,line', 'pump-1,B,', 'pump-2,"C, upper",3')
    const result = await fleet.json<ProvisionResult>('device', 'provision', '--from', csv, '--tag', 'lot=7')
    expect(result).toMatchObject({ rows: 2, issued: 2, failed: 0, layout: 'folders', batch: null })
    const { devices } = await fleet.json<DeviceListing>('device', 'list')
    expect(devices.map(({ id, tags }) => [id, tags])).toEqual([
      ['pump-1', { hall: 'B', lot: '7' }],
      ['pump-2', { hall: 'C, upper', line: '3', lot: '7' }],
    ])
  })

  test('bad lines are all named, with line and code, and nothing is written: exit 2', async () => {
    const before = await total()
    const ndjson = await file(
      'bad.ndjson',
      '{"id":"a-1"}',
      '{"id":"a 2"}',
      '{"id":"A-1"}',
      '{',
      '{"id":"a-3"}',
    )
    const results = path.join(fleet.folder, 'bad-results.ndjson')
    const { code, stdout, stderr } = await fleet.run(
      ...['device', 'provision', '--from', ndjson, '--results', results, '--batch', 'bad', '--json'],
    )
    expect(code).toBe(2)
    expect(JSON.parse(stdout).error).toMatchObject({ code: 'ROWS_BAD', exitCode: 2 })
    for (const line of [2, 3, 4]) expect(stderr).toMatch(new RegExp(`line +${line} .*ROW_(BAD|TWICE)`))
    expect(await linesOf(results)).toMatchObject([
      { line: 2, field: 'id', code: 'ROW_BAD' },
      { line: 3, field: 'id', code: 'ROW_TWICE', message: 'A-1 is also line 1' },
      { line: 4, code: 'ROW_BAD' },
    ])
    expect(await total()).toBe(before)
    expect((await fleet.json<BatchListing>('batch', 'list')).batches).toEqual([])
  })

  test('text from a file cannot steer the terminal', async () => {
    const csv = await file('escape.csv', 'id', '\u001b[2Jx')
    const { stderr } = await fleet.run('device', 'provision', '--from', csv)
    expect(stderr).toContain('ROW_BAD')
    expect(stderr).not.toContain('\u001b')
  })

  test('a dry run says what would be, and writes nothing', async () => {
    const before = await total()
    const csv = await file('dry.csv', 'id', 'pump-1', 'dry-1', 'PUMP-2')
    const { code, stdout, stderr } = await fleet.run(
      'device',
      'provision',
      '--from',
      csv,
      '--dry-run',
      '--batch',
      'dry',
    )
    expect(code).toBe(7)
    expect(stdout).toContain('1 to issue · 1 had a certificate already · 1 failed')
    expect(stderr).toContain('ROW_CASE')
    expect(await total()).toBe(before)
    expect((await fleet.run('batch', 'show', 'dry')).code).toBe(4)
  })

  test('certificate requests in a column are granted; the same device with another key is not', async () => {
    const request = () => makeCsr({ ...ecKeys(), subject: [cn('board-1')] }).toString('base64')
    const csv = await file('boards.csv', 'csr,hall', `${request()},B`)
    expect(await fleet.json<ProvisionResult>('device', 'provision', '--from', csv)).toMatchObject({
      issued: 1,
    })
    expect(await readdir(path.join(fleet.folder, 'devices', 'board-1'))).not.toContain('key.pem')
    expect(await fleet.json<ProvisionResult>('device', 'provision', '--from', csv)).toMatchObject({
      already: 1,
    })
    await file('boards.csv', 'csr,hall', `${request()},B`)
    const { code, stderr } = await fleet.run('device', 'provision', '--from', csv)
    expect(code).toBe(7)
    expect(stderr).toContain('ROW_KEY')
  })

  test('a failure alone is told as one, and to a program with what was done all the same', async () => {
    const one = await fleet.run('device', 'provision', 'PUMP-1')
    expect(one.code).toBe(7)
    expect(one.stderr).toMatch(/^Error The device failed: PUMP-1 differs from pump-1 .*\(ROW_CASE\)\. /m)
    expect(one.stderr).toMatch(/^Give this one another id\.$/m)
    const some = await fleet.run('device', 'provision', 'PUMP-1', 'pump-2', 'partial-1', '--json')
    expect(some.code).toBe(7)
    expect(JSON.parse(some.stdout).error).toMatchObject({
      code: 'PROVISION_PARTIAL',
      hint: 'The others are done. Give this one another id.',
      details: {
        ...{ rows: 3, issued: 1, already: 1, failed: 1, codes: { ROW_CASE: 1 } },
        failures: [{ id: 'PUMP-1', state: 'failed', code: 'ROW_CASE' }],
      },
    })
  })

  test('a tag for a device that is there is not set, and that is said', async () => {
    const first = await fleet.run('device', 'provision', 'tagged-1', 'tagged-2', '--tag', 'hall=A')
    expect(first.stdout).not.toContain('not changed')
    const again = await fleet.run('device', 'provision', 'tagged-1', '--tag', 'hall=A')
    expect(again.stdout).not.toContain('not changed')
    const { code, stdout } = await fleet.run('device', 'provision', 'tagged-1', '--tag', 'hall=NEW B')
    expect(code).toBe(0)
    expect(stdout.replace(` --fleet ${fleet.folder}`, '')).toBe(
      "1 had a certificate already\nThe tags of tagged-1 were not changed: flotilla device tag tagged-1 'hall=NEW B'\n",
    )
    const both = ['tagged-1', 'tagged-2', 'tagged-3', '--tag', 'hall=NEW']
    expect(await fleet.json<ProvisionResult>('device', 'provision', ...both)).toMatchObject({
      ...{ issued: 1, already: 2, otherTags: ['tagged-1', 'tagged-2'] },
    })
  })

  test('results on standard output are lines, one a row, and nothing else', async () => {
    const csv = await file('out.csv', 'id', 'out-1', 'pump-1')
    const { code, stdout } = await fleet.run('device', 'provision', '--from', csv, '--results', '-')
    expect(code).toBe(0)
    const rows = stdout.trimEnd().split('\n')
    expect(rows.map((row) => JSON.parse(row))).toMatchObject([
      { id: 'out-1', state: 'issued' },
      { id: 'pump-1', state: 'already' },
    ])
    const both = await fleet.run('device', 'provision', '--from', csv, '--results', '-', '--json')
    expect(JSON.parse(both.stdout).error.code).toBe('RESULTS_JSON')
  })
})

describe('a batch', () => {
  test('is the same work when it is typed again, and refuses other rows with the difference', async () => {
    const csv = await file('lot.csv', 'id,hall', 'lot-1,B', 'lot-2,B', 'lot-3,B')
    const line = ['device', 'provision', '--from', csv, '--batch', 'lot']
    expect(await fleet.json<ProvisionResult>(...line)).toMatchObject({ issued: 3, batch: 'lot' })
    const entries = (await fleet.json<AuditListing>('audit', 'log')).entries.at(-1)!.sequence

    await file('lot.csv', 'id,hall', 'lot-3,B', 'lot-1,B', 'lot-2,B')
    const again = await fleet.run(...line)
    expect(again.code).toBe(0)
    expect(again.stderr).toContain('lot: 3 of 3 rows done before, input unchanged: going on.')
    expect((await fleet.json<AuditListing>('audit', 'log')).entries.at(-1)!.sequence).toBe(entries)

    await file('lot.csv', 'id,hall', 'lot-1,B', 'lot-2,C', 'lot-3,B', 'lot-4,B')
    const { code, stderr } = await fleet.run(...line)
    expect(code).toBe(2)
    expect(stderr).toContain('BATCH_CHANGED')
    expect(stderr).toContain('2 rows are new or say something else (line 3, 5)')
    expect(stderr).toContain('1 row of before is not there as it was')
  })

  test('is listed and shown', async () => {
    const { batches } = await fleet.json<BatchListing>('batch', 'list')
    expect(batches).toMatchObject([{ name: 'lot', state: 'finished', rows: 3, done: 3, failed: 0 }])
    const { code, stdout } = await fleet.run('batch', 'show', 'LOT')
    expect(code).toBe(0)
    expect(stdout).toContain('lot  finished')
    expect(await fleet.json<BatchView>('batch', 'show', 'lot')).toEqual(batches[0])
    expect((await fleet.run('batch', 'show', 'nothing')).code).toBe(4)
  })

  test('with rows that fail ends with 7 and counts them; above the threshold nothing is begun: 8', async () => {
    const rows = ['some-1', 'PUMP-1', 'some-2', 'PUMP-2']
    const csv = await file('some.csv', 'id', ...rows)
    const line = ['device', 'provision', '--from', csv, '--batch', 'some']
    const stopped = await fleet.run(...line, '--abort-on-errors', '25%')
    expect(stopped.code).toBe(8)
    expect(stopped.stderr).toContain('Nothing was begun: at least 2 of 4 devices would fail.')
    expect((await fleet.run('batch', 'show', 'some')).code).toBe(4)
    expect((await fleet.run('device', 'show', 'some-1')).code).toBe(4)
    const { code, stderr } = await fleet.run(...line, '--abort-on-errors', '50%')
    expect(code).toBe(7)
    expect(stderr).toContain('2 of 4 devices failed')
    const shown = await fleet.json<BatchView>('batch', 'show', 'some')
    expect(shown).toMatchObject({ state: 'finished', done: 2, failed: 2, codes: { ROW_CASE: 2 } })
  })
})

describe('packs', () => {
  test('more than a thousand devices lie in packs, and are found in them by who needs a credential', async () => {
    const result = await fleet.json<ProvisionResult>(
      'device',
      'provision',
      '--count',
      '1001',
      '--prefix',
      'many',
    )
    expect(result).toMatchObject({ rows: 1001, issued: 1001, layout: 'packs', devices: [] })
    const names = await readdir(path.join(fleet.folder, 'devices'))
    expect(names.filter((name) => name.startsWith('many'))).toEqual([
      'many-00001.ndjson',
      'many-00002.ndjson',
    ])
    const [first] = await linesOf(path.join(fleet.folder, 'devices', 'many-00001.ndjson'))
    expect(Object.keys(first!)).toEqual(['id', 'serial', 'notAfter', 'key', 'cert', 'chain', 'ca'])
    const credential = await deviceCredential(new FleetDirectory(fleet.folder), 'many-1001')
    expect(credential.key).toContain('PRIVATE KEY')
    const { certificates } = await fleet.json<DeviceDetails>('device', 'show', 'many-0500')
    expect(certificates).toHaveLength(1)
    expect((await fleet.run('cert', 'verify', 'many-0500')).code).toBe(0)
  })

  test('few lie in one when that is asked for, and the next are numbered on', async () => {
    for (const id of ['few-1', 'few-2'])
      await fleet.json('device', 'provision', id, '--packs', '--batch', id.slice(0, 3) + id.at(-1))
    const names = await readdir(path.join(fleet.folder, 'devices'))
    expect(names.filter((name) => name.startsWith('few'))).toEqual(['few1-00001.ndjson', 'few2-00001.ndjson'])
  })

  test.each(['many-', 'few', 'lot-', 'pump-'])('all that was made is whole: %s', async (prefix) => {
    const state = await lookAtProvisioned(fleet.folder, { finished: true, prefix })
    expect(state.problems).toEqual([])
  })
})

describe('--check', () => {
  test('without a broker nothing is made: exit 10', async () => {
    const { code } = await fleet.run('device', 'provision', 'check-0', '--check', '1')
    expect(code).toBe(10)
    expect((await fleet.run('device', 'show', 'check-0')).code).toBe(4)
  })

  test('new devices are let in by the broker, without being taken for connected; a blocked one is not', async () => {
    await using _up = await fleet.up()
    const line = ['device', 'provision', '--count', '3', '--prefix', 'check']
    const { check } = await fleet.json<ProvisionResult>(...line, '--check', '3')
    expect(check).toEqual({ tried: 3, keyless: 0, failed: [] })
    expect(await fleet.json<DeviceDetails>('device', 'show', 'check-0001')).toMatchObject({
      life: 'issued',
      lastSeen: null,
    })
    await fleet.json('device', 'block', 'check-0002')
    const { code, stdout, stderr } = await fleet.run(...line, '--check', '3')
    expect(code).toBe(7)
    expect(stdout).toContain('2 of 3 let in')
    expect(stderr).toContain('CHECK_FAILED')
  })
})

describe('the audit', () => {
  test('verifies, and its head is found again later', async () => {
    const { rows, head, headAt } = await fleet.json<AuditVerification>('audit', 'verify')
    expect({ headAt, rows: rows > 10 }).toEqual({ headAt: null, rows: true })
    await fleet.json('device', 'tag', 'pump-1', 'hall=D')
    const later = await fleet.json<AuditVerification>('audit', 'verify', '--head', head)
    expect(later).toMatchObject({ rows: rows + 1, headAt: rows })
    const { entries } = await fleet.json<AuditListing>('audit', 'log', '--limit', '2')
    expect(entries.map(({ sequence, action }) => [sequence, action === 'device.tag'])).toEqual([
      [rows, false],
      [rows + 1, true],
    ])
  })

  test('a cut and an edit are found: exit 9', async () => {
    const { head, rows } = await fleet.json<AuditVerification>('audit', 'verify')
    const registry = new DatabaseSync(path.join(fleet.folder, 'data', 'registry.db'))
    registry.exec(`DELETE FROM audit WHERE sequence = ${rows}`)
    expect((await fleet.run('audit', 'verify')).code).toBe(0)
    const cut = await fleet.run('audit', 'verify', '--head', head, '--json')
    expect(cut.code).toBe(9)
    expect(JSON.parse(cut.stdout).error.code).toBe('AUDIT_CUT')
    registry.exec("UPDATE audit SET actor = 'op.mallory' WHERE sequence = 3")
    registry.close()
    const { code, stderr } = await fleet.run('audit', 'verify')
    expect(code).toBe(9)
    expect(stderr).toContain('Row 3 does not follow')
  })
})
