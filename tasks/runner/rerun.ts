import { overrideIn } from './command-line.ts'

/** Whether what a key of the config is set to must not be shown; only the application knows. */
export type Secrecy = (key: string, value: string) => boolean

/** The placeholder for a value that is not shown. A shell refuses it, so that nobody runs the line with it by mistake. */
const UNTOLD = '<value>'

/** The line that was typed, ready to be pasted into a shell, but for what is secret in it. */
export function rerunLine(argv: readonly string[], isSecret: Secrecy): string {
  const own = argv.includes('--') ? argv.indexOf('--') : argv.length
  const words = argv.map((word, index) => {
    const override = index < own ? overrideIn(word) : undefined
    if (override && isSecret(override.key, override.value)) return overrideText(override, isSecret)
    return shellWord(word)
  })
  return ['npx task', ...words].join(' ')
}

/** `KEY=VALUE`, but for a secret value. */
export function overrideText({ key, value }: { key: string; value: string }, isSecret: Secrecy): string {
  return `${key}=${isSecret(key, value) ? UNTOLD : value}`
}

/** What no shell makes anything of; zsh does of `=` at the beginning of a word. */
const PLAIN = /^[\w@%+:,./-][\w@%+=:,./-]*$/

/** What bash, zsh, fish and cmd leave alone between double quotes. */
const QUIET_IN_QUOTES = /^[^"$`\\!%\n]*$/

/**
 * A word as a shell takes it for one: in bash, zsh, fish and cmd, as far as one form serves them all. What they read
 * differently is quoted for the first three.
 */
export function shellWord(word: string): string {
  if (PLAIN.test(word)) return word
  return QUIET_IN_QUOTES.test(word) ? `"${word}"` : `'${word.replaceAll("'", `'\\''`)}'`
}
