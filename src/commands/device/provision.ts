import { addAbortSignal } from 'node:stream'
import { string as stringArg } from '@oclif/core/args'
import { boolean, custom, integer, string } from '@oclif/core/flags'
import { checkBatchName } from '../../lib/batch/name.ts'
import { parseThreshold, type Threshold } from '../../lib/batch/threshold.ts'
import { FleetCommand } from '../../lib/cli/command.ts'
import { parseTags, passphraseFile, tags } from '../../lib/cli/flags.ts'
import { caPassphrase } from '../../lib/cli/passphrase.ts'
import { refuseFailed, refuseStreamFlags, streamText } from '../../lib/cli/provision-stream-text.ts'
import { nextAfterProvision, provisionText } from '../../lib/cli/provision-text.ts'
import { ProvisionView } from '../../lib/cli/provision-view.ts'
import { openResults } from '../../lib/cli/row-results.ts'
import type { Fleet } from '../../lib/fleet/fleet.ts'
import { refusePartial } from '../../lib/fleet/provision-partial.ts'
import type { ProvisionResult } from '../../lib/fleet/provision-result.ts'
import type { Tags } from '../../lib/registry/device.ts'

export default class DeviceProvision extends FleetCommand {
  static override summary = 'Give devices certificates of their own and register them.'
  static override description = [
    'Each device gets a folder devices/<id> with key, certificate, chain and the root to trust; of more than 1,000 the',
    'credentials lie in packs of 1,000, one a line. All input is checked before anything is written. Typed again it goes',
    'on where it stopped, even after kill -9: a device that has a certificate is left alone.',
    '\n\nWith --from - it is the coprocess of a test jig: each line of JSON on standard input is answered by one on',
    'standard output (NDJSON), with the chain of the certificate, before the next is looked at.',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> device provision pump-0117 --tag hall=B',
    '<%= config.bin %> device provision --count 500 --prefix pump --passphrase-file ca.pass',
    '<%= config.bin %> device provision --from lot-4711.csv --batch lot-4711 --check 200 --results lot-4711.ndjson',
    '<%= config.bin %> device provision --csr board.csr --json',
    '<%= config.bin %> device provision --from - --passphrase-file ca.pass',
  ]
  static override strict = false
  static override args = { id: stringArg({ description: 'Ids of the devices.' }) }
  static override flags = {
    from: string({
      description:
        'A .csv or .ndjson file with one device a row: "id", or "csr" (PEM, or DER in base64); every other column is a tag. - answers line by line.',
      helpValue: 'FILE',
    }),
    count: integer({
      char: 'n',
      description: 'Make ids: PREFIX-0001 to PREFIX-N.',
      min: 1,
      max: 1_000_000,
      helpValue: 'N',
      exclusive: ['from'],
    }),
    prefix: string({ char: 'p', description: 'What the made ids begin with.', dependsOn: ['count'] }),
    csr: string({
      description: 'PKCS#10 request of a device that made its key itself; may be given many times.',
      helpValue: 'FILE',
      multiple: true,
      exclusive: ['from'],
    }),
    tag: tags,
    batch: string({
      description: 'Keep the work under this name: the same name later must mean the same devices.',
      helpValue: 'NAME',
      parse: async (text) => checkBatchName(text),
    }),
    packs: boolean({ default: false, description: 'Leave the credentials in packs, however few there are.' }),
    check: integer({
      description:
        'Then let so many devices, chosen at random, try their credential on the broker (TLS only).',
      min: 1,
      max: 10_000,
      helpValue: 'N',
      exclusive: ['dry-run'],
    }),
    results: string({
      description: 'What became of every row, one JSON object a line; - for standard output.',
      helpValue: 'FILE',
    }),
    'dry-run': boolean({ default: false, description: 'Check the input and say what would be done.' }),
    'abort-on-errors': custom<Threshold>({
      description: 'Begin nothing when more rows would fail than this: a number, or a share.',
      helpValue: '5|0.5%',
      parse: async (text) => parseThreshold(text),
    })(),
    'passphrase-file': passphraseFile,
  }

  async run(): Promise<ProvisionResult | undefined> {
    const { argv, flags } = await this.parse(DeviceProvision)
    await using fleet = await this.openFleet(flags)
    const { provisionFleet } = await import('../../lib/fleet/provision-fleet.ts')
    const { count, prefix, csr = [], from, batch, packs, check = 0, results: target } = flags
    const given = parseTags(flags.tag)
    const passphrase = caPassphrase({ file: flags['passphrase-file'], terminal: this.terminal })
    if (from === '-') {
      refuseStreamFlags(argv as string[], flags)
      await this.#serve(fleet, given, passphrase)
      return undefined
    }
    const choice = { ids: argv as string[], csrFiles: csr, count, prefix, from }
    await using results = await openResults(target, this.terminal, this.jsonEnabled())
    const view = new ProvisionView(this.terminal, results)
    const working = provisionFleet(fleet, choice, {
      ...{ batch, packs, check, dryRun: flags['dry-run'], threshold: flags['abort-on-errors'] },
      tags: given,
      passphrase,
      ...view.callbacks,
      signal: this.signal,
    })
    const result = await view.during(working)
    // With --results - the rows are the data, and what is said of them is not.
    const paint = target === '-' ? this.terminal.notePaint : this.terminal.paint
    const text = provisionText(result, given, paint)
    if (target === '-') this.terminal.note(text)
    else if (text !== '') this.terminal.print(text)
    this.suggest(nextAfterProvision(result))
    refusePartial(result)
    return result
  }

  /** Standard input to standard output, line by line. */
  async #serve(fleet: Fleet, tags: Tags, passphrase: () => Promise<string>): Promise<void> {
    const { provisionStream } = await import('../../lib/fleet/provision-stream.ts')
    const { ndjsonRows } = await import('../../lib/batch/row-file.ts')
    const rows = ndjsonRows(addAbortSignal(this.signal, process.stdin))
    const answer = (line: object) => this.terminal.line(JSON.stringify(line))
    const tally = await provisionStream(fleet, rows, { tags, passphrase, answer })
    this.terminal.aside(streamText(tally, this.terminal.notePaint))
    refuseFailed(tally)
  }
}
