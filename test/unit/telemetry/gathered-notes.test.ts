import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { GatheredNotes } from '../../../src/lib/telemetry/gathered-notes.ts'
import type { IngestSeen, IngestSink } from '../../../src/lib/telemetry/ingest-sink.ts'

/** A sink that remembers, and fails while it is told to. */
function sinkOf(): IngestSink & { readonly written: (readonly IngestSeen[])[]; failing: boolean } {
  const sink = {
    written: [] as (readonly IngestSeen[])[],
    failing: false,
    addDeadLetters: async () => {},
    noteSeen: async (seen: readonly IngestSeen[]) => {
      if (sink.failing) throw new Error('no room')
      sink.written.push(seen)
    },
  }
  return sink
}

const note = (device: string, at: number, messages = 1): IngestSeen => ({ device, at, messages })

test('the first is written at once, what follows together, the last at the end', async () => {
  const sink = sinkOf()
  const notes = new GatheredNotes(sink, 60_000)
  await notes.noteSeen([note('a', 1)])
  await notes.noteSeen([note('a', 5), note('b', 3)])
  await notes.noteSeen([note('a', 4, 2)])
  expect(sink.written).toEqual([[note('a', 1)]])
  await notes[Symbol.asyncDispose]()
  expect(sink.written[1]).toEqual([note('a', 5, 3), note('b', 3)])
})

test('notes of a device that falls silent are written too', async () => {
  const sink = sinkOf()
  await using notes = new GatheredNotes(sink, 30)
  await notes.noteSeen([note('a', 1)])
  await notes.noteSeen([note('a', 2)])
  await sleep(100)
  expect(sink.written).toEqual([[note('a', 1)], [note('a', 2)]])
})

test('a sink that takes nothing is told, and loses no note', async () => {
  const sink = sinkOf()
  await using notes = new GatheredNotes(sink, 20)
  await notes.noteSeen([note('a', 1)])
  sink.failing = true
  await notes.noteSeen([note('a', 2)])
  await sleep(60)
  await expect(notes.noteSeen([note('b', 3)])).rejects.toThrow('no room')
  sink.failing = false
  await notes.noteSeen([note('a', 4)])
  expect(sink.written.at(-1)).toEqual([note('a', 4, 2), note('b', 3)])
})
