import type { Migrated } from '../fleet/migrate.ts'
import type { Fact } from '../ui/facts.ts'
import { factsFor } from './show-facts.ts'
import type { Terminal } from './terminal.ts'

/** A line for each thing that was brought up to date, or looked at. */
export function migrateText(
  { fleet, current, registry, state, store }: Migrated,
  terminal: Terminal,
): string {
  const head = `Fleet ${terminal.paint.strong(fleet)} ${current ? 'is up to date: nothing was changed.' : 'is up to date now.'}`
  return [
    head,
    factsFor(
      [
        ['registry', versionText(registry)],
        ['state', versionText(state)],
        ...storeTexts(store).map((text, index): Fact => [index === 0 ? 'store' : '', text]),
      ],
      terminal,
    ),
  ].join('\n')
}

function versionText({ from, to }: Migrated['registry']): string {
  if (from === to) return `version ${to}, as it was`
  return from === 0 ? `made, version ${to}` : `version ${from} is ${to} now`
}

function storeTexts({ kind, changes }: Migrated['store']): readonly string[] {
  if (kind === 'embedded') return ['embedded: it has nothing to bring up to date']
  if (changes.length === 0) return ['questdb: tables as they were']
  return changes.map(({ table, change }) => `${table} ${CHANGES[change]}`)
}

const CHANGES = {
  made: 'made',
  retention: 'keeps its rows as long as fleet.yaml says now',
  refresh: 'is summed up once a minute now',
} as const
