import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type AuditLink, CHAIN_START, follows, nextLink } from '../../../src/lib/registry/audit-chain.ts'

const entry = fc.record(
  {
    action: fc.string(),
    subject: fc.string({ unit: 'binary' }),
    details: fc.dictionary(fc.string(), fc.jsonValue()),
  },
  { requiredKeys: ['action', 'subject'] },
)

function chainOf(entries: readonly Parameters<typeof nextLink>[3][]): AuditLink[] {
  const links: AuditLink[] = []
  for (const [at, one] of entries.entries())
    links.push(nextLink(links.at(-1) ?? CHAIN_START, at, 'op.alice', one))
  return links
}

function brokenAt(links: readonly AuditLink[]): number | undefined {
  return links.find((link, index) => !follows(links[index - 1] ?? CHAIN_START, link))?.sequence
}

test('a hash can be recomputed by anybody who has the row before', () => {
  const [first, second] = chainOf([
    { action: 'device.block', subject: 'pump-1', details: { why: 'lost', at: [1, null] } },
    { action: 'device.unblock', subject: 'pump-1' },
  ])
  const text = '["",1,0,"op.alice","device.block","pump-1","{\\"at\\":[1,null],\\"why\\":\\"lost\\"}"]'
  expect(first!.hash).toBe(createHash('sha256').update(text).digest('hex'))
  const next = `["${first!.hash}",2,1,"op.alice","device.unblock","pump-1",null]`
  expect(second!.hash).toBe(createHash('sha256').update(next).digest('hex'))
})

test('a chain that nobody touched holds; an edit, a cut and a swap are found where they are', () => {
  fc.assert(
    fc.property(fc.array(entry, { minLength: 2, maxLength: 20 }), fc.nat(), (entries, pick) => {
      const links = chainOf(entries)
      expect(brokenAt(links)).toBeUndefined()
      const at = pick % (links.length - 1)
      const edited = links.with(at, { ...links[at]!, subject: `${links[at]!.subject}!` })
      expect(brokenAt(edited)).toBe(at + 1)
      expect(brokenAt(links.toSpliced(at, 1))).toBe(at + 2)
      const swapped = links.with(at, links[at + 1]!).with(at + 1, links[at]!)
      expect(brokenAt(swapped)).toBe(at + 2)
    }),
  )
})
