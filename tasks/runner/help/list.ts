import type { Tools } from '../task.ts'
import type { Entry, Group, Taskfile } from '../taskfile.ts'

/** The rows that a 24-row terminal has above its prompt and the line about the last run. */
const USUAL_ROWS = 22
const HEAD = 'npx task TASK [KEY=VALUE…] [options]'
const FOOT = 'npx task help TASK explains a task, npx task --help lists the options.'

/** The tasks with their descriptions, as `make help` would list them. */
export function listText(taskfile: Taskfile<unknown>): string {
  const width = widthOf(taskfile.entries)
  const groups = taskfile.groups.map((group) => [group.heading, ...described(group, width), ''])
  return `${[HEAD, '', ...groups.flat(), FOOT].join('\n')}\n`
}

/** The list shortened to fit a terminal: only names for the last groups, as needed. `fit` lays out a text. */
export function listShort(
  { groups, entries }: Taskfile<unknown>,
  rows = USUAL_ROWS,
  fit = (text: string) => text,
): string {
  const width = widthOf(entries)
  const texts = groups.map((_, named) => {
    const whole = groups.length - named
    const lines = [
      HEAD,
      ...groups.slice(0, whole).flatMap((group) => [group.heading, ...described(group, width)]),
      ...namesOf(groups.slice(whole)),
      FOOT,
    ]
    return fit(lines.join('\n'))
  })
  const fitting = texts.find((text) => text.split('\n').length <= rows)
  return `${fitting ?? fit([HEAD, ...namesOf(groups), FOOT].join('\n'))}\n`
}

/** Only the names, one line per group. */
export function listNames({ groups }: Taskfile<unknown>): string[] {
  return namesOf(groups)
}

function namesOf(groups: readonly Group<Tools>[]): string[] {
  return groups.map(({ entries, heading }) => `${heading}: ${entries.map(({ name }) => name).join(', ')}`)
}

/** The list as one JSON document. */
export function listJson(taskfile: Taskfile<unknown>): string {
  const tasks = taskfile.groups.flatMap(({ entries, heading }) =>
    entries.map((entry) => ({
      name: entry.name,
      kind: entry.kind,
      group: heading,
      description: entry.description,
      needs: needsOf(entry),
    })),
  )
  return `${JSON.stringify({ tasks }, null, 2)}\n`
}

/** The names of an entry's dependencies. */
export function needsOf(entry: Entry<Tools>): string[] {
  if (entry.kind === 'task') return Object.values(entry.needs).map((need) => need.name)
  if (entry.kind === 'command') return Object.values(entry.requires).map((need) => need.name)
  return [entry.goal.name]
}

function widthOf(entries: readonly Entry<Tools>[]): number {
  return Math.max(...entries.map((entry) => entry.name.length))
}

function described({ entries }: Group<Tools>, width: number): string[] {
  return entries.map((entry) => `  ${entry.name.padEnd(width)}  ${entry.description}`)
}
