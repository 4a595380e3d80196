import { UsageError } from '../base/errors.ts'
import { configMistakes, type FleetConfig } from './config.ts'
import type { ConfigChoices } from './config-text.ts'

/** A flag of `init` that stands for a key of fleet.yaml. */
export interface ConfigFlag {
  /** `--staff-port` */
  readonly flag: string
  /** `broker.staff-port` */
  readonly key: string
  readonly chosen: (choices: ConfigChoices) => string | number | readonly string[]
  readonly present: (config: FleetConfig) => string | number | readonly string[]
}

export const CONFIG_FLAGS: readonly ConfigFlag[] = [
  { flag: '--name', key: 'name', chosen: ({ name }) => name, present: ({ name }) => name },
  {
    flag: '--broker',
    key: 'broker.kind',
    chosen: ({ brokerKind }) => brokerKind,
    present: ({ broker }) => broker.kind,
  },
  {
    flag: '--host',
    key: 'broker.hosts',
    chosen: ({ hosts }) => hosts,
    present: ({ broker }) => broker.hosts,
  },
  { flag: '--port', key: 'broker.port', chosen: ({ port }) => port, present: ({ broker }) => broker.port },
  {
    flag: '--staff-port',
    key: 'broker.staff-port',
    chosen: ({ staffPort }) => staffPort,
    present: ({ broker }) => broker['staff-port'],
  },
  {
    flag: '--store',
    key: 'store.kind',
    chosen: ({ store }) => store.kind,
    present: ({ store }) => store.kind,
  },
  {
    flag: '--store-url',
    key: 'store.url',
    chosen: ({ store }) => store.url,
    present: ({ store }) => store.url,
  },
  {
    flag: '--store-user',
    key: 'store.user',
    chosen: ({ store }) => store.user,
    present: ({ store }) => store.user,
  },
]

/**
 * What was chosen is judged by the rules of fleet.yaml before there is one, and in the words of who chose it.
 * @throws UsageError `CHOICE` that names every flag and what was given for it
 */
export function refuseWrongChoices(choices: ConfigChoices): void {
  const mistakes = configMistakes(chosenDocument(choices)).map(({ path, words }) => {
    const key = path.slice(0, 2).join('.')
    const flag = CONFIG_FLAGS.find((candidate) => candidate.key === key)
    if (flag === undefined) return `${path.join('.')} ${words}`
    const value = flag.chosen(choices)
    const given = typeof value === 'object' ? value[Number(path[2] ?? 0)] : value
    return `${flag.flag} ${JSON.stringify(given)} ${words}`
  })
  if (mistakes.length === 0) return
  throw new UsageError('CHOICE', `${mistakes.join('\n')}.`, {
    hint: 'Nothing was made. Correct it and type the same again.',
  })
}

function chosenDocument(choices: ConfigChoices): unknown {
  const document: Record<string, unknown> = { version: 1 }
  for (const { key, chosen } of CONFIG_FLAGS) {
    const [section, inner] = key.split('.') as [string, string?]
    if (inner === undefined) document[section] = chosen(choices)
    else document[section] = { ...(document[section] as object | undefined), [inner]: chosen(choices) }
  }
  return document
}

/**
 * A file that is there stays as it is: what was typed must be what it says, or somebody would believe it was taken.
 * @param given the flags that were typed; a default says nothing
 * @throws UsageError `FLEET_OTHER` that names each key, its value and the one given
 */
export function refuseOtherChoices(
  file: string,
  config: FleetConfig,
  choices: ConfigChoices,
  given: ReadonlySet<string>,
): void {
  const others = CONFIG_FLAGS.filter(
    ({ flag, chosen, present }) => given.has(flag) && textOf(chosen(choices)) !== textOf(present(config)),
  )
  if (others.length === 0) return
  const list = others.map(
    ({ flag, key, chosen, present }) =>
      `  ${key} is ${textOf(present(config))}, not ${textOf(chosen(choices))} (${flag})`,
  )
  throw new UsageError('FLEET_OTHER', `${file} is there already and says otherwise:\n${list.join('\n')}`, {
    hint: wayOut(others, file),
  })
}

function textOf(value: string | number | readonly string[]): string {
  return typeof value === 'object' ? `[${value.join(', ')}]` : String(value)
}

function wayOut(others: readonly ConfigFlag[], file: string): string {
  const keys = new Set(others.map(({ key }) => key))
  if (keys.has('name')) return 'Choose another folder, or leave --name out to complete the one that is there.'
  const edit = `Nothing was changed. Edit ${file}, or leave ${others.length === 1 ? 'the flag' : 'the flags'} out.`
  return keys.has('broker.hosts') ? `${edit} For other hosts, then: flotilla cert issue server --force` : edit
}
