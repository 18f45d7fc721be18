import { overrideIn } from './command-line.ts'

/** Whether a config key's value must not be shown; only the application knows. */
export type Secrecy = (key: string, value: string) => boolean

/** The placeholder for a value that is not shown. A shell rejects it, so the command cannot be run with it by mistake. */
const HIDDEN_VALUE = '<value>'

/** The command as typed, ready to be pasted into a shell, except for secrets. */
export function rerunLine(argv: readonly string[], isSecret: Secrecy): string {
  const own = argv.includes('--') ? argv.indexOf('--') : argv.length
  const words = argv.map((word, index) => {
    const override = index < own ? overrideIn(word) : undefined
    if (override && isSecret(override.key, override.value)) return overrideText(override, isSecret)
    return shellWord(word)
  })
  return ['npx task', ...words].join(' ')
}

/** `KEY=VALUE`, with a secret value hidden. */
export function overrideText({ key, value }: { key: string; value: string }, isSecret: Secrecy): string {
  return `${key}=${isSecret(key, value) ? HIDDEN_VALUE : value}`
}

/** Characters that no shell interprets; zsh interprets `=` at the beginning of a word. */
const PLAIN = /^[\w@%+:,./-][\w@%+=:,./-]*$/

/** Text that bash, zsh, fish and cmd do not interpret between double quotes. */
const QUIET_IN_QUOTES = /^[^"$`\\!%\n]*$/

/**
 * Quotes a word for a shell: for bash, zsh, fish and cmd as far as one form works for all of them, otherwise for the first
 * three.
 */
export function shellWord(word: string): string {
  if (PLAIN.test(word)) return word
  return QUIET_IN_QUOTES.test(word) ? `"${word}"` : `'${word.replaceAll("'", `'\\''`)}'`
}
