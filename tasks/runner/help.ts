import { options } from './command-line.ts'
import type { Taskfile } from './taskfile.ts'

/** The tasks and what they are for, as `make help` would list them. */
export function listText(taskfile: Taskfile<unknown>): string {
  const width = Math.max(...taskfile.entries.map((entry) => entry.name.length))
  const lines = taskfile.entries.map((entry) => `  ${entry.name.padEnd(width)}  ${entry.description}`)
  return `npx task TASK [KEY=VALUE…] [options]\n\n${lines.join('\n')}\n`
}

/** The same as one JSON document. */
export function listJson(taskfile: Taskfile<unknown>): string {
  const tasks = taskfile.entries.map((entry) => ({
    name: entry.name,
    kind: entry.kind,
    description: entry.description,
    needs: needsOf(entry),
  }))
  return `${JSON.stringify({ tasks }, null, 2)}\n`
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

function needsOf(entry: Taskfile<unknown>['entries'][number]): string[] {
  if (entry.kind === 'task') return Object.values(entry.needs).map((need) => need.name)
  if (entry.kind === 'command') return Object.values(entry.requires).map((need) => need.name)
  return [entry.goal.name]
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
