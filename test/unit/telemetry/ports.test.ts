import { expectTypeOf, test } from 'vitest'
import type { DurableConsumer } from '../../../src/lib/mqtt/durable-consumer.ts'
import type { DeadLetter, Seen, State } from '../../../src/lib/registry/state.ts'
import type { EmbeddedSource } from '../../../src/lib/service/embedded-source.ts'
import type { IngestDeadLetter, IngestSeen, IngestSink } from '../../../src/lib/telemetry/ingest-sink.ts'
import type { TelemetrySource } from '../../../src/lib/telemetry/source.ts'

/** Telemetry may not import what fills its ports, so that they fit is held here. */
test('what fills the ports of telemetry fits them', () => {
  expectTypeOf<DurableConsumer>().toExtend<TelemetrySource>()
  expectTypeOf<EmbeddedSource>().toExtend<TelemetrySource>()
  expectTypeOf<State>().toExtend<IngestSink>()
  expectTypeOf<IngestDeadLetter>().toEqualTypeOf<DeadLetter>()
  expectTypeOf<IngestSeen>().toEqualTypeOf<Seen>()
})
