import { UsageError } from '../base/errors.ts'
import { type Match, nearestMatch } from '../base/nearest.ts'

/**
 * What to say of a line that begins with no command. Its first words may be a mistyped one and the others its
 * arguments, so each beginning is compared with the commands of as many words; the one that differs least was meant.
 * @param typed its words up to the first flag
 * @param commands as they are typed: `device list`
 */
export function unknownCommand(typed: readonly string[], commands: readonly string[]): UsageError {
  const topic = topicOf(typed, commands)
  // What is right is not compared: it would hide how much the rest differs.
  const rest = typed.slice(wordsOf(topic))
  const inTopic = commands.flatMap((command) =>
    command.startsWith(topic) ? command.slice(topic.length) : [],
  )
  const meant = nearestCommand(rest, inTopic)
  const named = rest.slice(0, meant === undefined ? 1 : wordsOf(`${meant} `)).join(' ')
  return new UsageError('COMMAND_UNKNOWN', `There is no command "${topic}${named}".`, {
    hint:
      meant === undefined ? `flotilla ${topic}--help lists them.` : `Did you mean: flotilla ${topic}${meant}`,
  })
}

function nearestCommand(typed: readonly string[], commands: readonly string[]): string | undefined {
  const matches: Match[] = []
  for (const [length, own] of Map.groupBy(commands, (command) => wordsOf(`${command} `))) {
    const match = nearestMatch(typed.slice(0, length).join(' '), own)
    if (match !== undefined) matches.push(match)
  }
  return matches.toSorted((a, b) => a.distance - b.distance)[0]?.candidate
}

/** The first words as far as commands begin with them, each with a blank behind it. */
function topicOf(typed: readonly string[], commands: readonly string[]): string {
  let topic = ''
  for (const word of typed) {
    const more = `${topic}${word} `
    if (!commands.some((command) => command.startsWith(more))) break
    topic = more
  }
  return topic
}

/** @param text words with a blank behind each */
function wordsOf(text: string): number {
  return text.split(' ').length - 1
}
