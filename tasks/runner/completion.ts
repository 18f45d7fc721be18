import type { CommandLine } from './command-line.ts'
import { overrideText, type Secrecy, shellWord } from './rerun.ts'

/**
 * Completes the commands that failures suggest so that they can be pasted: `npx task destroy` would mean the default cluster,
 * so the config file and the values given to this run are added. Values already in the command stay.
 */
export function completion(
  { config, overrides }: Pick<CommandLine, 'config' | 'overrides'>,
  names: readonly string[],
  isSecret: Secrecy,
): (text: string) => string {
  const file = config === undefined ? [] : ['-c', shellWord(config)]
  const line = new RegExp(`npx task (${names.join('|')})\\b((?: [a-z][\\w.]*=[^\\s,;)]+)*)`, 'g')
  const complete = (whole: string, task: string, given: string, at: number, text: string) => {
    // A command with a config is complete; one followed by a process is that of another run.
    if (/^ ((-c|--config)\b|\(process )/.test(text.slice(at + whole.length))) return whole
    const rest = overrides.filter(({ key }) => !given.includes(` ${key}=`))
    // The placeholder of a secret stays unquoted, so that a shell rejects it.
    const values = rest.map((one) => {
      const word = overrideText(one, isSecret)
      return isSecret(one.key, one.value) ? word : shellWord(word)
    })
    const words = [...file, ...values]
    return words.length > 0 ? `npx task ${task}${given} ${words.join(' ')}` : whole
  }
  return (text) => text.replace(line, complete)
}
