import path from 'node:path'
import { FILES } from './configuration.ts'
import type { MosquittoSettings } from './settings.ts'

/** What lies beside the configuration for whoever finds the folder. */
export function readme({ fleet, folder, user, port, staffPort }: MosquittoSettings): string {
  return `# mosquitto for the fleet ${fleet}

Written by \`flotilla broker config\`. Start it with mosquitto 2.0.11 or later:

    mosquitto -c ${path.join(folder, FILES.configuration)}

Devices connect to port ${port}, operators and services to port ${staffPort}, all with certificates of the fleet.

- Started as root, mosquitto becomes the user \`${user}\`. It must be able to read this folder and to write in it, later
  too, because it reads rules and revocation lists again while it runs: \`chown -R ${user} ${folder}\`.
- \`flotilla device block\`, \`unblock\`, \`remove\` and \`broker reload\` rewrite the rules and lists here and send the
  process in \`${FILES.pid}\` a SIGHUP. Typed on another machine they cannot; copy the folder and send the signal.
- \`${FILES.key}\` is the broker's secret.
- Edit nothing here: the next command writes it anew. Settings come from fleet.yaml.
`
}
