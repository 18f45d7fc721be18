import { Failure } from '../../base/failure.ts'
import { nearest, plain } from '../../base/suggest.ts'
import { type CommandLine, usage } from '../command-line.ts'
import { laidOut } from '../present/layout.ts'
import type { Taskfile } from '../taskfile.ts'
import { listShort, listText } from './list.ts'
import { generalHelp } from './options.ts'
import { entryPage } from './page.ts'

const MAX_SUGGESTIONS = 3

const aboutHelp = `npx task help [TASK | KEY | CODE]

Explains a task, a config key or a failure code. npx task TASK --help does the same for a task, and npx task --help
lists the options. Case-insensitive.

Examples
  npx task help bootstrap
  npx task help agents.private
  npx task help STACK_FAILED
`

/** The text for `help`, `--help` and `-h`, laid out for the output stream. */
export async function helpFor(
  taskfile: Taskfile<unknown>,
  line: CommandLine,
  stdout: NodeJS.WriteStream,
): Promise<string> {
  const [first, ...others] = line.words
  const asked =
    first === 'help' ? (line.help ? ['help', ...others].slice(-1) : others) : line.words.slice(0, 1)
  if (asked.length > 1) throw usage(`help explains one word at a time, not ${asked.join(' ')}`)
  const text = asked[0] === undefined ? generalHelp() : await pageFor(taskfile, asked[0])
  if (line.output === 'json') {
    throw new Failure('USAGE', {
      message: 'help is only available as text',
      next: 'npx task --list --json lists the tasks as one JSON document',
    })
  }
  return laidOut(text, stdout)
}

/** The list for the output stream: shortened if the terminal is too small for all of it. `last` is its last line. */
export function listFor(taskfile: Taskfile<unknown>, stdout: NodeJS.WriteStream, last = ''): string {
  const fit = (text: string) => laidOut(text, stdout)
  const whole = fit(listText(taskfile)) + last
  if (!stdout.isTTY || whole.split('\n').length <= stdout.rows) return whole
  return listShort(taskfile, stdout.rows - (last ? 2 : 1), fit) + last
}

/** The page about a task, a failure code or a config key. */
async function pageFor(taskfile: Taskfile<unknown>, word: string): Promise<string> {
  const same = (one: string) => one.toLowerCase() === word.toLowerCase()
  const entry = taskfile.entries.find(({ name }) => same(name))
  if (entry) return entryPage(entry)
  if (same('help')) return aboutHelp
  const { advice, config } = await taskfile.reference()
  const code = Object.keys(advice).find(same) as keyof typeof advice | undefined
  if (code) return `${code}\n\n${advice[code].trim()}\n`
  const page = config?.page(word)
  if (page !== undefined) return page
  const names = taskfile.entries.map(({ name }) => name)
  throw unknown(word, nearest(word, [...names, 'help', ...Object.keys(advice)]), config?.nearest(word) ?? [])
}

function unknown(word: string, words: string[], keys: string[]): Failure {
  // A word that differs only in case or dashes is the only suggestion; otherwise words of the same form come first.
  const dotted = word.includes('.')
  const all = [...new Set(dotted ? [...keys, ...words] : [...words, ...keys])]
  const sure = all.filter((one) => plain(one) === plain(word))
  const near = (sure.length > 0 ? sure : all).slice(0, MAX_SUGGESTIONS)
  return new Failure('USAGE', {
    message: `there is no task, config key or failure code ${JSON.stringify(word)}${near.length > 0 ? `, did you mean ${inWords(near)}?` : ''}`,
    next:
      near.length > 0
        ? `npx task help ${near[0]}`
        : 'npx task lists the tasks, config/cluster.yaml contains every key',
  })
}

function inWords(words: string[]): string {
  const last = words.at(-1)!
  return words.length === 1 ? last : `${words.slice(0, -1).join(', ')} or ${last}`
}
