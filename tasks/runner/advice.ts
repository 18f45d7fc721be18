import { overrideIn } from './command-line.ts'
import { type Secrecy, shellWord, told } from './rerun.ts'

/**
 * Makes the lines that failures and logs recommend ready to be pasted: `npx task destroy` would mean the default cluster,
 * so it gets the config file and the values that this run was given. What a line says itself stays.
 */
export function completion(
  typed: readonly string[],
  names: readonly string[],
  isSecret: Secrecy,
): (text: string) => string {
  const own = typed.slice(0, typed.includes('--') ? typed.indexOf('--') : undefined)
  const file = configIn(own)
  const overrides = own.flatMap((word) => overrideIn(word) ?? [])
  const line = new RegExp(`npx task (${names.join('|')})\\b((?: [a-z][\\w.]*=\\S+)*)(?! -c )`, 'g')
  const complete = (whole: string, task: string, given: string) => {
    const rest = overrides.filter(({ key }) => !given.includes(` ${key}=`))
    const words = [...file, ...rest.map((override) => told(override, isSecret))].map(shellWord)
    return words.length > 0 ? `npx task ${task}${given} ${words.join(' ')}` : whole
  }
  return (text) => text.replace(line, complete)
}

function configIn(words: readonly string[]): string[] {
  const place = words.findIndex((word) => /^(-c|--config)(=|$)/.test(word))
  if (place < 0) return []
  return words[place]!.includes('=') ? [words[place]!] : words.slice(place, place + 2)
}
