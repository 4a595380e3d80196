import { badStatement } from './failure.ts'
import type { Answer, Cell } from './server.ts'

/** Some rows of an answer. */
export interface AnswerPage extends Pick<Answer, 'columns'> {
  readonly dataset: readonly (readonly AnyCell[])[]
}

/** Where a user asks, the server's arrays come too. */
export type AnyCell = Cell | readonly AnyCell[]

/** What stands between the head of an answer and its rows. */
const DATASET = '"dataset":'

/**
 * Cuts the JSON of an answer into pages as it arrives: `{…,"columns":[…],…,"dataset":[[…],[…]],"count":2}`. The first
 * page has the columns and no row, each other one the rows that came whole with a chunk. No more than an unfinished
 * row is held, so memory does not grow with the answer.
 * @throws SyntaxError the answer is not whole, or no JSON · UsageError `STORE_QUERY` it ends in an error
 */
export async function* answerPages(chunks: AsyncIterable<string>): AsyncGenerator<AnswerPage> {
  const nesting = new Nesting()
  let columns: Answer['columns'] | undefined
  let held = ''
  for await (const chunk of chunks) {
    let at = held.length
    let text = held + chunk
    let whole = 0
    for (; at < text.length; at++) {
      if (!nesting.changesAt(text, at)) continue
      if (columns === undefined) {
        if (nesting.depth !== 2 || !text.endsWith(DATASET, at)) continue
        columns = parseAnswer(`${text.slice(0, at)}[]}`).columns
        yield { columns, dataset: [] }
        text = text.slice(at + 1)
        at = -1
      } else if (nesting.depth === 2) whole = at + 1
    }
    if (columns !== undefined && whole > 0) yield { columns, dataset: rowsOf(text.slice(0, whole)) }
    held = text.slice(whole)
  }
  parseAnswer(columns === undefined ? held : `{"dataset":[${held}`)
}

/** @throws SyntaxError · UsageError `STORE_QUERY` what was asked failed when the first rows were under way already */
export function parseAnswer(text: string): Answer {
  const {
    columns = [],
    dataset = [],
    error,
  } = parseJson(text) as Partial<Answer> & { readonly error?: string }
  if (error !== undefined) throw badStatement(error)
  return { columns, dataset }
}

/** @param list rows with commas between them, and one before the first where others came before */
function rowsOf(list: string): AnswerPage['dataset'] {
  return parseJson(`[${list.startsWith(',') ? list.slice(1) : list}]`) as AnswerPage['dataset']
}

/** A NUL in a text comes as it is, which JSON does not allow; elsewhere there is none. */
function parseJson(text: string): unknown {
  return JSON.parse(text.replaceAll('\u0000', '\\u0000'))
}

/** How many lists and objects of a JSON text are open, told character by character. */
class Nesting {
  depth = 0
  #isText = false
  #isEscaped = false

  /** Reads the next character; whether it opened or closed one. */
  changesAt(text: string, at: number): boolean {
    const character = text.charCodeAt(at)
    if (this.#isText) {
      if (this.#isEscaped) this.#isEscaped = false
      else if (character === BACKSLASH) this.#isEscaped = true
      else if (character === QUOTE) this.#isText = false
      return false
    }
    if (character === QUOTE) this.#isText = true
    else if (character === LIST_OPENS || character === OBJECT_OPENS) this.depth++
    else if (character === LIST_CLOSES || character === OBJECT_CLOSES) this.depth--
    else return false
    return character !== QUOTE
  }
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const LIST_OPENS = 0x5b
const LIST_CLOSES = 0x5d
const OBJECT_OPENS = 0x7b
const OBJECT_CLOSES = 0x7d
