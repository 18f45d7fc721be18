import { Failure } from '../base/failure.ts'
import { didYouMean } from '../base/suggest.ts'
import { type CommandLine, usage } from './command-line.ts'
import { listNames } from './help/list.ts'
import type { AnyTask, Tools } from './task.ts'
import type { Command, Down, Entry, Status, Taskfile } from './taskfile.ts'

/** What a command line selects. */
export type Selection =
  | { kind: 'up'; entry: Entry<Tools>; goals: AnyTask[] }
  | { kind: 'undo'; entry: Entry<Tools>; goals: AnyTask[] }
  | { kind: 'down'; entry: Down<Tools>; goals: AnyTask[] }
  | { kind: 'status'; entry: Status; goals: AnyTask[] }
  | { kind: 'command'; entry: Command<Tools>; words: string[] }

/** Matches the words of a command line with the entries of the Taskfile. Throws USAGE. */
export function select(line: CommandLine, taskfile: Taskfile<unknown>): Selection {
  const find = (word: string): Entry<Tools> => {
    const entry = taskfile.entries.find((candidate) => candidate.name === word)
    const names = taskfile.entries.map((candidate) => candidate.name)
    if (!entry) throw unknownTask(word, names, taskfile)
    return entry as Entry<Tools>
  }
  const first = find(line.words[0]!)
  const others = line.words.slice(1)
  if (first.kind === 'command') return selectCommand(first, others, line)
  if (line.rest) throw usage(`${first.name} takes no arguments after --`)

  const entries = [first, ...others.map(find)]
  const goals = [...new Set(entries.map((entry) => goalOf(entry)))]
  const alone = entries.find((entry) => entry.kind !== 'task' && entry.kind !== 'up')
  if (alone && entries.length > 1) throw usage(`${alone.name} must be alone on the command line`)
  if (line.undo) {
    if (entries.some((entry) => entry.kind !== 'task')) {
      throw usage('--undo undoes single tasks; to undo everything, run npx task destroy')
    }
    return { kind: 'undo', entry: first, goals }
  }
  if (first.kind === 'down') return { kind: 'down', entry: first, goals }
  if (first.kind === 'status') return { kind: 'status', entry: first, goals }
  return { kind: 'up', entry: first, goals }
}

/** Words that other tools use for bringing something up or taking it down. */
const synonyms = {
  up: ['up', 'boot', 'start', 'create', 'apply', 'run', 'install', 'make', 'all'],
  down: ['down', 'delete', 'remove', 'rm', 'stop', 'teardown', 'undo', 'uninstall'],
} as const

function unknownTask(word: string, names: string[], taskfile: Taskfile<unknown>): Failure {
  const plain = word.toLowerCase()
  const kind = (['up', 'down'] as const).find((one) => (synonyms[one] as readonly string[]).includes(plain))
  const meant =
    names.find((name) => name === plain) ?? taskfile.entries.find((entry) => entry.kind === kind)?.name
  const hint = meant === undefined ? didYouMean(word, names) : `, did you mean ${meant}?`
  if (/^[a-z]\w*\.\w/i.test(word)) {
    return new Failure('USAGE', {
      message: `there is no task ${quote(word)}: a config key takes a value, ${word}=VALUE`,
      next: `npx task help ${word}`,
    })
  }
  return new Failure('USAGE', {
    message: `there is no task ${quote(word)}${hint}`,
    next: ['npx task help WORD explains a task, a config key or a failure code', ...listNames(taskfile)].join(
      '\n',
    ),
  })
}

function selectCommand(entry: Command<Tools>, words: string[], line: CommandLine): Selection {
  const all = [...words, ...(line.rest ?? [])]
  if (entry.options.words === undefined && all.length > 0)
    throw usage(`${entry.name} takes no arguments, not ${quote(all[0]!)}`)
  const takes: readonly string[] = entry.options.takes ?? []
  for (const [flag, name] of [
    [line.undo && !takes.includes('undo'), '--undo'],
    [line.only, '--only'],
    [line.force && !takes.includes('force'), '--force'],
    [line.dryRun && !takes.includes('dryRun'), '--dry-run'],
  ] as const) {
    if (flag) throw usage(`${entry.name} does not take ${name}`)
  }
  if (line.output === 'json' && !entry.options.asTask && !takes.includes('json')) {
    const own =
      line.rest && `; its own --json comes after --: npx task ${entry.name} -- ${line.rest.join(' ')} --json`
    throw usage(`${entry.name} prints only text and does not take --json${own ?? ''}`)
  }
  return { kind: 'command', entry, words: all }
}

function goalOf(entry: Entry<Tools>): AnyTask {
  if (entry.kind === 'command') throw usage(`${entry.name} must be alone on the command line`)
  return entry.kind === 'task' ? entry : entry.goal
}

/** A word the user typed, safe to print: control characters are escaped. */
function quote(word: string): string {
  return JSON.stringify(word)
}

/** The tasks of a Taskfile, in declaration order. */
export function tasksOf(taskfile: Taskfile<unknown>): AnyTask[] {
  return taskfile.entries.filter((entry) => entry.kind === 'task') as AnyTask[]
}
