import { string as stringArg } from '@oclif/core/args'
import { boolean, integer, option, string } from '@oclif/core/flags'
import { BaseCommand } from '../lib/cli/command.ts'
import { passphraseFile } from '../lib/cli/flags.ts'
import { initRequest } from '../lib/cli/init-request.ts'
import { storeFlags } from '../lib/cli/store-flags.ts'
import type { InitResult } from '../lib/fleet/init.ts'

export default class Init extends BaseCommand {
  static override summary =
    'Make a fleet directory: configuration, certificate authorities, credentials, registry.'
  static override description =
    'Asks on a terminal, takes flags elsewhere. What exists is kept: run it again to complete a directory. With --store questdb it makes the tables there, if the server answers; else flotilla migrate, up or serve do it later.'
  static override examples = [
    '<%= config.bin %> init acme --host mqtt.acme.example',
    '<%= config.bin %> init acme --host mqtt.acme.example --store questdb --store-url http://db.acme.example:9000',
    'FLOTILLA_CA_PASSPHRASE_FILE=/run/secrets/ca <%= config.bin %> init acme --no-input',
  ]
  static override args = {
    dir: stringArg({ description: 'The folder to make it in.', default: '.' }),
  }
  static override flags = {
    name: string({ description: 'Name of the fleet; else the name of the folder.' }),
    host: string({
      description: 'A name or address by which devices reach the broker; may be given many times.',
      multiple: true,
      multipleNonGreedy: true,
    }),
    broker: option({
      description: 'Which broker serves the fleet.',
      options: ['embedded', 'mosquitto', 'external'] as const,
      default: 'embedded' as const,
    })(),
    port: integer({ description: 'Port for devices.', default: 8883, min: 0, max: 65_535 }),
    'staff-port': integer({
      description: 'Port for operators and services.',
      default: 8884,
      min: 0,
      max: 65_535,
    }),
    ...storeFlags,
    'passphrase-file': passphraseFile,
    'unencrypted-ca-keys': boolean({
      description: 'Keep the CA keys unencrypted: for trying out only.',
      exclusive: ['passphrase-file'],
    }),
  }

  async run(): Promise<InitResult> {
    const { args, flags, metadata } = await this.parse(Init)
    const { initFleet } = await import('../lib/fleet/init.ts')
    const result = await initFleet(
      await initRequest(args.dir, flags, typed(flags, metadata.flags), this.terminal),
    )
    const { initText, nextAfterInit } = await import('../lib/cli/init-text.ts')
    this.terminal.print(initText(result, this.terminal.paint))
    this.suggest(nextAfterInit(result, args.dir))
    return result
  }
}

/** A default of ours is no word of the user. */
function typed(flags: object, defaults: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  const names = Object.keys(flags).filter((name) => !(name in defaults))
  return new Set(names.map((name) => `--${name}`))
}
