import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Authority } from '../../../src/lib/pki/authority.ts'
import { openIssuer } from '../../../src/lib/provisioning/issue-threads.ts'
import { issuePack, lastPackNumber, PackIndex, packName } from '../../../src/lib/provisioning/pack.ts'
import { AuthorityFolder } from '../../support/authorities.ts'

const plan = { notBefore: Date.now() - 3_600_000, notAfter: Date.now() + 86_400_000 }
const rows = [{ id: 'a:1' }, { id: 'A_2' }, { id: 'b-3' }]
let folder: string
let authorities: AuthorityFolder
let authority: Authority

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'flotilla-packs-'))
  authorities = await AuthorityFolder.make()
  authority = await authorities.open('devices')
})
afterAll(async () => {
  await rm(folder, { recursive: true })
  await authorities[Symbol.asyncDispose]()
})

test('every device of a pack is found in it by its id, with a credential that fits', async () => {
  const { bytes, records } = issuePack(authority, rows, plan)
  await writeFile(path.join(folder, packName('lot', 1)), bytes)
  const index = await PackIndex.read(folder)
  expect([...index.ids]).toEqual(rows.map(({ id }) => id))
  const found = await index.credentials(['A_2', 'a:1', 'nobody'])
  expect([...found.keys()]).toEqual(expect.arrayContaining(['a:1', 'A_2']))
  expect(found.size).toBe(2)
  const certificate = new X509Certificate(found.get('A_2')!.certificate)
  expect(certificate.subject).toBe('CN=A_2')
  expect(certificate.serialNumber).toBe(records[1]!.serial)
})

test('packs of a label are counted on, whatever else lies there', async () => {
  for (const name of [packName('lot-2', 7), packName('lot', 12), '.lot-00099.ndjson', 'lot-x.ndjson']) {
    await writeFile(path.join(folder, name), '')
  }
  expect(await lastPackNumber(folder, 'lot')).toBe(12)
  expect(await lastPackNumber(folder, 'lot-2')).toBe(7)
  expect(await lastPackNumber(folder, 'other')).toBe(0)
  expect(await lastPackNumber(path.join(folder, 'missing'), 'lot')).toBe(0)
})

test('a file that is no pack is named', async () => {
  const broken = await mkdtemp(path.join(tmpdir(), 'flotilla-packs-'))
  await writeFile(path.join(broken, packName('lot', 1)), '{"serial":"A1"}\n')
  await expect(PackIndex.read(broken)).rejects.toMatchObject({ code: 'PACK_BROKEN', exitCode: 9 })
  await rm(broken, { recursive: true })
})

test('threads make the same as this one, each row once, and a CA that was shared signs alike', async () => {
  await using issuer = openIssuer(authority, plan, 2)
  const packs = await Promise.all([1, 2, 3, 4, 5].map((pack) => issuer.issue([{ id: `p-${pack}` }, ...rows])))
  const serials = packs.flatMap(({ records }) => records.map(({ serial }) => serial))
  expect(new Set(serials).size).toBe(20)
  expect(packs.map(({ records }) => records[0]!.subject)).toEqual(['p-1', 'p-2', 'p-3', 'p-4', 'p-5'])
  const [line] = Buffer.from(packs[0]!.bytes).toString('utf8').split('\n')
  const certificate = new X509Certificate((JSON.parse(line!) as { readonly cert: string }).cert)
  expect(certificate.verify(authority.certificate.publicKey)).toBe(true)
  expect(Authority.shared(authority.share()).certificate.raw).toEqual(authority.certificate.raw)
})
