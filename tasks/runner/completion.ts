import type { CommandLine } from './command-line.ts'
import { overrideText, type Secrecy, shellWord } from './rerun.ts'

/**
 * Makes the lines that failures recommend ready to be pasted: `npx task destroy` would mean the default cluster, so it
 * gets the config file and the values that this run was given. What a line says itself stays.
 */
export function completion(
  { config, overrides }: Pick<CommandLine, 'config' | 'overrides'>,
  names: readonly string[],
  isSecret: Secrecy,
): (text: string) => string {
  const file = config === undefined ? [] : ['-c', shellWord(config)]
  const line = new RegExp(`npx task (${names.join('|')})\\b((?: [a-z][\\w.]*=[^\\s,;)]+)*)`, 'g')
  const complete = (whole: string, task: string, given: string, at: number, text: string) => {
    // What says its config is complete; what is followed by a process is the line of another run.
    if (/^ ((-c|--config)\b|\(process )/.test(text.slice(at + whole.length))) return whole
    const rest = overrides.filter(({ key }) => !given.includes(` ${key}=`))
    // A secret's place holder is no word: a shell refuses it.
    const values = rest.map((one) => {
      const word = overrideText(one, isSecret)
      return isSecret(one.key, one.value) ? word : shellWord(word)
    })
    const words = [...file, ...values]
    return words.length > 0 ? `npx task ${task}${given} ${words.join(' ')}` : whole
  }
  return (text) => text.replace(line, complete)
}
