/** A row of an input as it was written: its fields by name, nothing interpreted. */
export interface InputRow {
  /** Where it begins, from 1. */
  readonly line: number
  readonly fields: ReadonlyMap<string, string>
}

/** What is wrong with a row, for the person who has to mend the input. */
export interface RowFault {
  readonly line: number
  /** The column or member; undefined when the row as a whole is wrong. */
  readonly field?: string | undefined
  /** `ROW_BAD`, `ROW_TWICE`, or the code of what its field should have been. */
  readonly code: string
  /** What is wrong, without the place. May carry text of the input: not for a terminal as it is. */
  readonly message: string
}

export function isFault(row: object): row is RowFault {
  return 'code' in row
}
