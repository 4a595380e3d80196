import { shellWord } from './shell-word.ts'

/** Every command that works on a fleet, as it stands in messages and hints; a colour before it ends in a letter. */
const SUGGESTED =
  /(?<=\b|\u001B\[[\d;]*m)flotilla (?:(?:audit|batch|broker|ca|cert|device|set|telemetry)(?: deadletters)? [a-z]+|doctor|migrate|serve|simulate|status|tail|up)\b/g

/**
 * Has the commands that a text suggests go to the fleet that was named on the command line, so that they work as they
 * stand: `flotilla up` becomes `flotilla up --fleet acme`.
 */
export function forNamedFleet(text: string, argv: readonly string[] = process.argv): string {
  const fleet = namedFleet(argv)
  if (fleet === undefined) return text
  return text.replaceAll(SUGGESTED, (command) => `${command} --fleet ${shellWord(fleet)}`)
}

function namedFleet(argv: readonly string[]): string | undefined {
  const end = argv.indexOf('--')
  const words = argv.slice(0, end === -1 ? undefined : end)
  const flag = words.findLastIndex((word) => word === '--fleet' || word.startsWith('--fleet='))
  if (flag === -1) return undefined
  return words[flag] === '--fleet' ? words[flag + 1] : words[flag]!.slice('--fleet='.length)
}
