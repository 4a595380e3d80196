/** What a statement may begin with that only reads. */
const READS = /^\(*\s*(?:select|with|show|explain)\b/i
/** What makes a WITH write. */
const WRITES = /\b(?:insert|update|delete)\b/i
/** Text, quoted names and comments: words in there say nothing about the statement. */
const QUOTED = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\//g

/**
 * Whether a statement only reads. QuestDB's HTTP port has one account, which also writes, so a slip of the hand is
 * held back here; it is no protection from somebody who has the password.
 */
export function readsOnly(statement: string): boolean {
  const bare = statement.replaceAll(QUOTED, ' ').trim().replace(/;\s*$/, '')
  return (
    READS.test(bare) && !bare.includes(';') && !(/^\(*\s*(?:with|explain)\b/i.test(bare) && WRITES.test(bare))
  )
}
