import { exitStatus } from '../outcome.ts'
import type { Tools } from '../task.ts'
import type { Entry } from '../taskfile.ts'
import { needsOf } from './list.ts'
import { optionLine } from './options.ts'
import type { Help, OptionName } from './text.ts'

/** What the runner does with each kind of entry: the help for an entry whose file exports none. */
const kinds: Record<
  Entry<Tools>['kind'],
  { needs: string; options: OptionName[]; runs?: string; exit: string }
> = {
  task: {
    needs: 'needs',
    options: ['dry-run', 'only', 'force', 'undo', 'yes', 'keep-going'],
    runs: 'checks its dependencies first, and runs those that are not done; then the task itself',
    exit: exitStatus.run,
  },
  up: {
    needs: 'needs',
    options: ['dry-run', 'only', 'force', 'yes', 'keep-going', 'concurrency'],
    runs: 'checks all its dependencies, in order, and runs those that are not done',
    exit: exitStatus.run,
  },
  down: {
    needs: 'undoes',
    options: ['dry-run', 'yes'],
    runs: 'undoes each task in reverse order, then checks whether anything is left',
    exit: exitStatus.run,
  },
  status: {
    needs: 'checks',
    options: ['json'],
    runs: 'checks, and changes nothing',
    exit: exitStatus.status,
  },
  command: { needs: 'requires', options: [], exit: exitStatus.run },
}

const takenAs = { undo: 'undo', force: 'force', dryRun: 'dry-run', json: 'json' } as const

/** The help page of an entry: its usage, what it does, the keys it reads, and examples. */
export async function entryPage(entry: Entry<Tools>): Promise<string> {
  const { help } = ((await entry.load?.()) ?? {}) as { help?: Help }
  const kind = kinds[entry.kind]
  const needs = needsOf(entry).join(', ')
  const only = entry.kind === 'command' ? ' (only checked, never run)' : ''
  const facts: [label: string, text: string | undefined][] = [
    ['checks', help?.checks],
    ['runs', help?.runs ?? kind.runs],
    ['undo', help?.undo],
    [kind.needs, needs && `${needs}${only}`],
    [
      'keys',
      help && (help.keys.length > 0 ? `${help.keys.join(', ')} (npx task help KEY explains one)` : 'none'),
    ],
    ['exit', help?.exit ?? kind.exit],
  ]
  const examples = help?.examples ?? [`${entry.name}`]
  return `${[
    `npx task ${usageOf(entry)}`,
    '',
    entry.description,
    '',
    ...facts.flatMap(([label, text]) => (text ? [`  ${`${label}:`.padEnd(9)} ${text}`] : [])),
    '',
    'Options',
    ...optionsOf(entry, help).map((name) => optionLine(name, help?.options?.[name])),
    '  and the general ones: npx task --help',
    '',
    'Examples',
    ...examples.map((line) => `  npx task ${line}`),
  ].join('\n')}\n`
}

/** The usage of an entry. */
function usageOf(entry: Entry<Tools>): string {
  const words = entry.kind === 'command' && entry.options.words ? ` ${entry.options.words}` : ''
  return `${entry.name}${words} [KEY=VALUE…] [options]`
}

function optionsOf(entry: Entry<Tools>, help: Help | undefined): OptionName[] {
  const taken = entry.kind === 'command' ? (entry.options.takes ?? []).map((one) => takenAs[one]) : []
  const special = Object.keys(help?.options ?? {}) as OptionName[]
  return [...new Set([...kinds[entry.kind].options, ...taken, ...special])]
}
