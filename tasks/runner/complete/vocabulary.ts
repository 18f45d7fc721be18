/** A completion of the word at the cursor. One that ends in `=`, `.` or `/` is partial. */
export interface Candidate {
  word: string
  about: string
}

/** What the application knows about the words on its command line. */
export interface Vocabulary {
  /** The keys that KEY=VALUE can set; under one that ends in a dot, any name is allowed. */
  keys: { key: string; about: string }[]
  /** The known values of a key, and whether it can be a file. */
  valuesOf(key: string, environment: Environment): Promise<{ values: string[]; file: boolean }>
  /** The words for each placeholder in a command's usage: NODE … */
  words: Record<string, readonly string[]>
}

export type Environment = Record<string, string | undefined>
