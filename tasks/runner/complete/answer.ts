import path from 'node:path'
import type { Surroundings } from '../surroundings.ts'
import type { Taskfile } from '../taskfile.ts'
import { candidatesAt } from './candidates.ts'
import { escaped, splitLine } from './shell-line.ts'
import type { Candidate } from './vocabulary.ts'

/**
 * The output for the scripts of `completion`, one candidate per line: `__complete bash LINE BREAKS` gets the line up to the cursor
 * and bash's COMP_WORDBREAKS; `__complete zsh WORD…` and `__complete fish WORD…` the words up to the cursor, program included.
 */
export async function completions(
  taskfile: Taskfile<unknown>,
  [shell, ...words]: string[],
  { cwd, environment }: Surroundings,
): Promise<string> {
  const { current, raw, before } = shell === 'bash' ? splitLine(words[0] ?? '') : lastOf(words)
  // The shell would replace a quoted word with its unquoted form, so quoted words are not completed.
  if (raw !== undefined && /["']/.test(raw)) return ''
  const found = await candidatesAt({ taskfile, before: withoutProgram(before), current, cwd, environment })
  const lines = found.filter(({ word }) => !/[\n\t]/.test(word)).map(forms[shell ?? ''] ?? forms.fish!)
  if (raw === undefined) return lines.map((line) => `${line}\n`).join('')
  // Bash replaces what follows the last word-breaking character.
  const at = Math.max(
    -1,
    ...[...(words[1] ?? '')].filter((one) => /[=:]/.test(one)).map((one) => raw.lastIndexOf(one)),
  )
  return lines
    .filter((line) => line.startsWith(raw))
    .map((line) => `${line.slice(at + 1)}\n`)
    .join('')
}

const forms: Record<string, (candidate: Candidate) => string> = {
  bash: ({ word }) => escaped(word) + (isPartial(word) ? '' : ' '),
  zsh: ({ about, word }) => `${escaped(word)}\t${word}${about && ` -- ${about}`}`,
  fish: ({ about, word }) => (about ? `${word}\t${about}` : word),
}

const isPartial = (word: string) => /[=./]$/.test(word)

function lastOf(words: string[]): { before: string[]; current: string; raw?: undefined } {
  return { before: words.slice(0, -1), current: words.at(-1) ?? '' }
}

/** The words after the program's name, which npx and its options may precede. */
function withoutProgram(words: string[]): string[] {
  const [first = ''] = words
  if (path.basename(first) !== 'npx') return words.slice(1)
  const program = words.findIndex((word, index) => index > 0 && !word.startsWith('-'))
  return program < 0 ? [] : words.slice(program + 1)
}
