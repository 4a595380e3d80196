import { string as stringArg } from '@oclif/core/args'
import { integer, string } from '@oclif/core/flags'
import { FleetCommand } from '../../lib/cli/command.ts'
import { parseTags, passphraseFile, tags } from '../../lib/cli/flags.ts'
import { caPassphrase } from '../../lib/cli/passphrase.ts'
import { provisionText } from '../../lib/cli/provision-text.ts'
import type { ProvisionResult } from '../../lib/fleet/provision-fleet.ts'
import { progressBar } from '../../lib/ui/progress.ts'

export default class DeviceProvision extends FleetCommand {
  static override summary = 'Give devices certificates of their own and register them.'
  static override description = [
    'Each device gets a folder devices/<id> with key, certificate, chain and the root to trust. Typed again it goes on',
    'where it stopped: a device that has a certificate is left alone.',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> device provision pump-0117 --tag hall=B',
    '<%= config.bin %> device provision --count 500 --prefix pump --passphrase-file ca.pass',
    '<%= config.bin %> device provision --csr board.csr --json',
  ]
  static override strict = false
  static override args = { id: stringArg({ description: 'Ids of the devices.' }) }
  static override flags = {
    count: integer({ char: 'n', description: 'Make ids: PREFIX-0001 to PREFIX-N.', min: 1, helpValue: 'N' }),
    prefix: string({ char: 'p', description: 'What the made ids begin with.', dependsOn: ['count'] }),
    csr: string({
      description: 'PKCS#10 request of a device that made its key itself; may be given many times.',
      helpValue: 'FILE',
      multiple: true,
    }),
    tag: tags,
    'passphrase-file': passphraseFile,
  }

  async run(): Promise<ProvisionResult> {
    const { argv, flags } = await this.parse(DeviceProvision)
    await using fleet = await this.openFleet(flags)
    const { provisionFleet, refusePartial } = await import('../../lib/fleet/provision-fleet.ts')
    const bar = progressBar(process.stderr, { label: 'issue', unit: 'devices' })
    const choice = {
      ids: argv as string[],
      csrFiles: flags.csr ?? [],
      count: flags.count,
      prefix: flags.prefix,
    }
    const result = await provisionFleet(fleet, choice, {
      tags: parseTags(flags.tag),
      passphrase: caPassphrase({ file: flags['passphrase-file'], terminal: this.terminal }),
      onProgress: (done, total) => bar.update(done, total),
      signal: this.signal,
    }).finally(() => bar.done())
    this.terminal.print(provisionText(result, this.terminal.paint))
    refusePartial(result)
    return result
  }
}
