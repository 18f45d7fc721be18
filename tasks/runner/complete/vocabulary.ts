/** What can be typed in place of the word at the cursor. One that ends in `=`, `.` or `/` can be gone on with. */
export interface Candidate {
  word: string
  about: string
}

/** What the application knows of the words that are typed on its command line. */
export interface Vocabulary {
  /** The keys that KEY=VALUE can set; below one that ends in a dot any name can be set. */
  keys: { key: string; about: string }[]
  /** What a key can be set to, as far as that can be listed, and whether it can be a file. */
  valuesOf(key: string, environment: Environment): Promise<{ values: string[]; file: boolean }>
  /** The words that stand for a placeholder in the usage of a command: NODE … */
  words: Record<string, readonly string[]>
}

export type Environment = Record<string, string | undefined>
