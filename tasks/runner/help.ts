import { options } from './command-line.ts'
import { listShort, listText, needsOf } from './help/list.ts'
import { wrapped } from './present/layout.ts'
import type { Taskfile } from './taskfile.ts'

/** The list as it fits where it goes to: all of it where there is no terminal, or a high one. `last`: the line that ends it. */
export function listFor(
  taskfile: Taskfile<unknown>,
  { columns, isTTY, rows }: NodeJS.WriteStream,
  last: string,
): string {
  const text = listText(taskfile)
  if (!isTTY) return text + last
  const fit = (one: string) => wrapped(one, columns - 1, 2)
  const whole = fit(text) + last
  return whole.split('\n').length <= rows ? whole : listShort(taskfile, rows - (last ? 2 : 1), fit) + last
}

/** One task: how it is called, what it is for, what it needs. */
export function taskHelp(entry: Taskfile<unknown>['entries'][number]): string {
  const words = entry.kind === 'command' && entry.options.words ? ` ${entry.options.words}` : ''
  const needs = needsOf(entry)
  const verb = { command: 'requires', down: 'undoes', status: 'checks', task: 'needs', up: 'brings up' }[
    entry.kind
  ]
  const lines = [`npx task ${entry.name}${words}`, '', entry.description]
  if (needs.length > 0) lines.push(`${verb}: ${needs.join(', ')}`)
  return `${lines.join('\n')}\n`
}

/** The whole help page. */
export function helpText(taskfile: Taskfile<unknown>): string {
  const lines = Object.entries(options).map(([name, option]) => {
    const short = 'short' in option ? `-${option.short}, ` : '    '
    const value = option.type === 'string' ? ` ${option.help.split(/ {2}/)[0]}` : ''
    const help = option.type === 'string' ? option.help.split(/ {2}/).slice(1).join(' ') : option.help
    return `${`  ${short}--${name}${value}`.padEnd(36)} ${help}`
  })
  return [
    listText(taskfile),
    'KEY=VALUE overrides the config by dotted key: npx task bootstrap cluster.name=dcos-test agents.private=10',
    '',
    ...lines,
    '',
    'npx task help TASK says what a task is for, npx task help CODE explains a failure code.',
    'Exit status: 0 done, 1 a task failed or refused, 2 the command line or the config is wrong, 3 status: not all up,',
    '130 interrupted (SIGTERM: 143).',
    '',
  ].join('\n')
}
