import { options } from '../command-line.ts'
import type { OptionName } from './text.ts'

const LABEL_WIDTH = 24

/** The general help. It fits a terminal of 80 columns and 24 rows. */
export function generalHelp(): string {
  return `${[
    'npx task TASK [KEY=VALUE…] [options]    npx task bootstrap agents.private=3',
    '',
    ...(Object.keys(options) as OptionName[]).map((name) => optionLine(name)),
    '',
    'npx task             lists the tasks',
    'npx task help WORD   explains a task, a config key or a failure code',
    'Exit status: 0 done, 1 a task failed or was refused, 2 invalid command line or',
    'config, 3 status: not everything is up, 130 interrupted (SIGTERM: 143)',
  ].join('\n')}\n`
}

/** An option with its description, the general one or that of a task. */
export function optionLine(name: OptionName, said?: string): string {
  const option = options[name]
  const short = 'short' in option ? `-${option.short}, ` : '    '
  const [value, help] = option.type === 'string' ? option.help.split(/ {2}(.*)/s) : ['', option.help]
  return `${`  ${short}--${name} ${value}`.padEnd(LABEL_WIDTH)}  ${said ?? help}`
}
