import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { serviceTexts } from '../../../src/lib/cli/status-services.ts'
import type { ServiceView } from '../../../src/lib/fleet/service-status.ts'
import { paintAt } from '../../../src/lib/ui/paint.ts'

const NOW = Date.UTC(2026, 10, 25, 12)
const HOUR = 3_600_000
const iso = (at: number) => new Date(at).toISOString()
const ok: ServiceView = {
  ...{ role: 'broker', state: 'ok', lag: 0, at: iso(NOW), startedAt: iso(NOW - HOUR) },
  ...{ failing: null, lost: null, spool: null, deaths: null, collapsed: 0, deafSince: null },
}
const said = (service: Partial<ServiceView>, colours: 0 | 1 = 0) =>
  serviceTexts({ ...ok, ...service }, [], { paint: paintAt(colours), now: NOW })

test('a death is told with its age, its signal and how often; it is loud for an hour', () => {
  const deaths = (age: number) => ({ count: 3, last: { at: iso(NOW - age), how: 'signal SIGSEGV' } })
  const text = 'mosquitto died 5 min ago (signal SIGSEGV), was started again, 3 times in 24 h'
  expect(said({ deaths: deaths(300_000) })).toEqual(['broker ok', text])
  const [, recent] = said({ deaths: deaths(300_000) }, 1)
  expect(recent).not.toBe(text)
  expect(stripVTControlCharacters(recent!)).toBe(text)
  const [, past] = said({ deaths: deaths(HOUR) }, 1)
  expect(past).toBe(stripVTControlCharacters(past!))
})

test('values that were replaced are told with since when they are counted', () => {
  const [, text] = said({ role: 'ingest', collapsed: 12 })
  expect(text).toMatch(/^12 values replaced by another of the same time since \d\d:\d\d:\d\d$/)
})

test('ingest without a broker says since when nobody is heard', () => {
  const failing = { role: 'ingest', state: 'failing', failing: 'Nothing answers.' } as const
  expect(said(failing)).toEqual(['ingest cannot work: Nothing answers.'])
  const [text] = said({ ...failing, deafSince: iso(NOW - HOUR) })
  expect(text).toMatch(/^ingest cannot work since \d\d:\d\d:\d\d: Nothing answers\.$/)
})
