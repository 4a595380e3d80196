import { option, string } from '@oclif/core/flags'
import type { StoreChoice } from '../fleet/config-text.ts'

/** Where a new fleet keeps its telemetry. */
export const storeFlags = {
  store: option({
    description: 'Where telemetry is kept.',
    options: ['embedded', 'questdb'] as const,
    default: 'embedded' as const,
  })(),
  'store-url': string({
    description: "QuestDB's HTTP port; its password comes from FLOTILLA_STORE_PASSWORD[_FILE].",
    default: 'http://127.0.0.1:9000',
    helpValue: 'URL',
  }),
  'store-user': string({ description: 'Who writes to QuestDB.', default: 'admin', helpValue: 'NAME' }),
}

export interface StoreFlags {
  readonly store: StoreChoice['kind']
  readonly 'store-url': string
  readonly 'store-user': string
}

export function storeChoice(flags: StoreFlags): StoreChoice {
  return { kind: flags.store, url: flags['store-url'], user: flags['store-user'] }
}
