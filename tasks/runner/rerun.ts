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

/** A word as a shell takes it for one. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
