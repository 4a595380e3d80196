import { parse } from 'yaml'

export interface ConfigChoices {
  readonly name: string
  readonly brokerKind: 'embedded' | 'mosquitto' | 'external'
  readonly hosts: readonly string[]
  readonly port: number
  readonly staffPort: number
  readonly store: StoreChoice
}

/** Where telemetry goes; the server's address only says something with kind questdb. */
export interface StoreChoice {
  readonly kind: 'embedded' | 'questdb'
  readonly url: string
  readonly user: string
}

/** The complete, commented fleet.yaml that `init` writes: every key with its default. It is the reference of the file. */
export function configText({ name, brokerKind, hosts, port, staffPort, store }: ConfigChoices): string {
  return `# A fleet of flotilla. No secrets and no commands stand here: commit this file.
version: 1
name: ${scalar(name)}                    # in topics, tables and certificates: it cannot change later

broker:
  kind: ${brokerKind}               # embedded: \`flotilla up\` is the broker, up to about a thousand devices
                               # mosquitto: \`flotilla up\` runs mosquitto as its child
                               # external: somebody else runs it, set up by \`flotilla broker config\`
  hosts: [${hosts.map(scalar).join(', ')}]   # names and addresses that devices use: they stand in its certificate
  port: ${port}                   # devices: mutual TLS, trusts the device root
  staff-port: ${staffPort}             # operators and services: mutual TLS, trusts the staff CA
  # bind: 0.0.0.0              # default: 127.0.0.1 while every host above is this machine, else 0.0.0.0

store:
  kind: ${store.kind}               # embedded: SQLite in data/telemetry; questdb: a QuestDB server
  sync: normal                 # of embedded and spool. normal: survives kill -9; full: survives power loss too
  url: ${scalar(store.url)}   # of questdb, its HTTP port
  user: ${scalar(store.user)}                  # of questdb; its password: FLOTILLA_STORE_PASSWORD or FLOTILLA_STORE_PASSWORD_FILE
  spool: 1 GiB                 # while the store is away, messages are kept in data/spool and acknowledged,
                               # up to so much; then devices and broker hold back. 0: from the first on

telemetry:
  metrics-per-device: 1000     # a device that makes names up is stopped here: what is over it becomes a dead letter

devices:
  client-id: cn                # cn: the MQTT client id must be the device's id
                               # prefix: or the id and "-…"   any: free (AWS programs)

issuance:                      # how long what is issued from now on is valid
  root: 20y                    # device root and staff CA
  issuing: 10y                 # the CAs that sign devices and servers
  device: 10y
  server: 5y
  service: 5y
  operator: 90d

retention:
  measurements: 30d
  events: 90d                  # connections and life states, of questdb
  dead-letters: 100000         # at most this many messages that could not be stored
`
}

/** Text that YAML reads back as the same text: `null` and `12345` need quotes, too. */
function scalar(text: string): string {
  return /^[\w./:-]+$/.test(text) && parse(text) === text ? text : JSON.stringify(text)
}
