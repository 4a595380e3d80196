import * as v from 'valibot'
import { isMap, isNode, LineCounter, type Node, parseDocument } from 'yaml'
import { parseDuration } from '../base/duration.ts'
import { UsageError } from '../base/errors.ts'
import { isFleetName } from '../base/names.ts'
import { parseSize } from '../base/size.ts'

const text = v.pipe(v.string('must be text'), v.minLength(1, 'must not be empty'))
const port = v.pipe(
  v.number('must be a port number'),
  v.integer('must be a whole number'),
  v.minValue(0, 'must be 0 (any free port) to 65535'),
  v.maxValue(65_535, 'must be 0 (any free port) to 65535'),
)
const count = v.pipe(
  v.number('must be a number'),
  v.integer('must be whole'),
  v.minValue(1, 'must be at least 1'),
)
/** A duration as text in the file, milliseconds in the program. */
const span = v.pipe(
  v.string('must be a duration like 30d'),
  v.check((value) => isDuration(value), 'is not a duration like 12h, 30d or 10y'),
  v.transform(parseDuration),
)
/** A size as text in the file, bytes in the program; 0 may stand there as a number. */
const size = v.pipe(
  v.union([v.literal(0), v.string()], 'must be a size like 1 GiB'),
  v.transform(String),
  v.check((value) => isRead(parseSize, value), 'is not a size like 64 MiB or 1 GiB'),
  v.transform(parseSize),
)
/** Below it a spool could not hold one large message. */
const SMALLEST_SPOOL = 16 * 1024 * 1024
const spoolSize = v.pipe(
  size,
  v.check((bytes) => bytes === 0 || bytes >= SMALLEST_SPOOL, 'must be 0 or at least 16 MiB'),
)
const host = v.pipe(
  text,
  v.regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$|^[0-9A-Fa-f:]+$/,
    'is neither a host name nor an IP address',
  ),
)
const hosts = v.pipe(v.array(host, 'must be a list of host names'), v.minLength(1, 'needs at least one host'))

/** A section that may be left out: what is missing takes its default. (To valibot an array is an object too.) */
const section = <T extends v.ObjectEntries>(entries: T) => {
  const isSection = v.check((value: unknown) => !Array.isArray(value), 'must be a section of keys')
  return v.optional(v.pipe(v.unknown(), isSection, v.strictObject(entries, 'must be a section of keys')), {})
}

const schema = v.strictObject(
  {
    version: v.literal(1, 'must be 1: this program knows version 1 of the file'),
    name: v.pipe(text, v.check(isFleetName, 'is not a fleet name: a-z, then a-z 0-9 _ -, at most 32')),
    broker: v.pipe(
      section({
        kind: v.optional(
          v.picklist(['embedded', 'mosquitto', 'external'], 'must be embedded, mosquitto or external'),
          'embedded',
        ),
        hosts: v.optional(hosts, ['localhost', '127.0.0.1']),
        port: v.optional(port, 8883),
        'staff-port': v.optional(port, 8884),
        bind: v.optional(host),
      }),
      // Each port trusts another CA; with 0 the system gives each one of its own.
      v.forward(
        v.check(
          (broker) => broker.port === 0 || broker.port !== broker['staff-port'],
          'must not be port, too',
        ),
        ['staff-port'],
      ),
    ),
    store: section({
      kind: v.optional(v.picklist(['embedded', 'questdb'], 'must be embedded or questdb'), 'embedded'),
      sync: v.optional(v.picklist(['normal', 'full'], 'must be normal or full'), 'normal'),
      url: v.optional(
        v.pipe(
          text,
          v.check(isServerUrl, 'must be http://HOST:PORT or https://HOST:PORT, without a password'),
        ),
        'http://127.0.0.1:9000',
      ),
      user: v.optional(text, 'admin'),
      spool: v.optional(spoolSize, '1 GiB'),
    }),
    telemetry: section({ 'metrics-per-device': v.optional(count, 1000) }),
    devices: section({
      'client-id': v.optional(v.picklist(['cn', 'prefix', 'any'], 'must be cn, prefix or any'), 'cn'),
    }),
    issuance: section({
      root: v.optional(span, '20y'),
      issuing: v.optional(span, '10y'),
      device: v.optional(span, '10y'),
      server: v.optional(span, '5y'),
      service: v.optional(span, '5y'),
      operator: v.optional(span, '90d'),
    }),
    retention: section({
      measurements: v.optional(span, '30d'),
      events: v.optional(span, '90d'),
      'dead-letters': v.optional(count, 100_000),
    }),
  },
  'must be a file of keys',
)

/** fleet.yaml, checked and with every default filled in; durations in milliseconds. */
export type FleetConfig = Readonly<v.InferOutput<typeof schema>>

/**
 * Parses fleet.yaml.
 * @param file its name, for messages
 * @throws UsageError `CONFIG` that names line and key of every mistake
 */
export function parseConfig(source: string, file: string): FleetConfig {
  const lines = new LineCounter()
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  const syntax = document.errors.map(
    (error) => `line ${lines.linePos(error.pos[0]).line}: ${firstLine(error.message)}`,
  )
  if (syntax.length > 0) throw invalid(file, syntax)
  const result = v.safeParse(schema, document.toJS({ maxAliasCount: 20 }))
  if (result.success) return result.output
  const mistakes = result.issues.map(mistakeOf)
  throw invalid(
    file,
    mistakes.map(({ path, words }) => {
      const line = lineOf(document.contents, path, lines)
      return `line ${line}: ${path.join('.') || 'the file'} ${words}`
    }),
  )
}

export interface ConfigMistake {
  /** The keys that lead to it: `['broker', 'hosts', '0']`. */
  readonly path: readonly string[]
  readonly words: string
}

/** What would be wrong with a file that held this. */
export function configMistakes(document: unknown): readonly ConfigMistake[] {
  return v.safeParse(schema, document).issues?.map(mistakeOf) ?? []
}

export function isHost(text: string): boolean {
  return v.is(host, text)
}

/** Where the broker listens: on this machine only when every name it goes by is this machine's own. */
export function bindAddress({ broker }: FleetConfig): string {
  if (broker.bind !== undefined) return broker.bind
  return broker.hosts.every(isLoopback) ? '127.0.0.1' : '0.0.0.0'
}

function isLoopback(name: string): boolean {
  return name === 'localhost' || name === '::1' || /^127\.\d+\.\d+\.\d+$/.test(name)
}

function mistakeOf(issue: v.BaseIssue<unknown>): ConfigMistake {
  return { path: v.getDotPath(issue)?.split('.') ?? [], words: wordsFor(issue) }
}

function wordsFor(issue: v.BaseIssue<unknown>): string {
  if (issue.type !== 'strict_object') return issue.message
  if (issue.expected === 'never') return 'is not a key of this file'
  return issue.received === 'undefined' ? 'is missing' : issue.message
}

/** The line of the deepest part of the path that stands in the file. */
function lineOf(root: Node | null, path: readonly string[], lines: LineCounter): number {
  let node: Node | null = root
  let line = 1
  for (const key of path) {
    if (!isMap(node)) break
    const pair = node.items.find((item) => String(item.key) === key)
    if (pair === undefined) break
    if (isNode(pair.key) && pair.key.range) line = lines.linePos(pair.key.range[0]).line
    node = isNode(pair.value) ? pair.value : null
  }
  return line
}

function invalid(file: string, mistakes: readonly string[]): UsageError {
  const list = mistakes.map((mistake) => `  ${mistake}`).join('\n')
  const number = mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`
  return new UsageError('CONFIG', `${file} has ${number}:\n${list}`, {
    hint: 'Correct it; docs/reference/fleet.yaml shows every key with its default.',
  })
}

/** A path is none of it, and a secret has no place in the file. */
function isServerUrl(value: string): boolean {
  const url = URL.parse(value)
  return url !== null && /^https?:$/.test(url.protocol) && value.replace(/\/$/, '') === url.origin
}

function isDuration(value: string): boolean {
  return isRead(parseDuration, value) && parseDuration(value) > 0
}

function isRead(parse: (text: string) => number, value: string): boolean {
  try {
    parse(value)
    return true
  } catch {
    return false
  }
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0]!
}
