import { codes } from '../../base/failure.ts'
import { options, outputs } from '../command-line.ts'
import type { Taskfile } from '../taskfile.ts'
import { files } from './files.ts'
import type { Candidate, Environment, Vocabulary } from './vocabulary.ts'

/** The context of the word at the cursor. */
interface Place {
  taskfile: Taskfile<unknown>
  /** The words before it, without the program's name. */
  before: readonly string[]
  current: string
  cwd: string
  environment: Environment
}

/** The usage of `help`, which is not an entry of the Taskfile. */
const HELP = {
  name: 'help',
  description: 'Explain a task, a failure code or a key',
  usage: '[TASK | KEY | CODE]',
}

/** Every completion of the word at the cursor. */
export async function candidatesAt(place: Place): Promise<Candidate[]> {
  const { before, current, taskfile } = place
  // Words after -- are for another program.
  if (before.includes('--')) return []
  const option = optionAwaiting(before.at(-1))
  if (option !== undefined) return ofOption(option, place)
  const [, name, value] = /^--([a-z-]+)=(.*)$/s.exec(current) ?? []
  if (name !== undefined) return prefixed(`--${name}=`, await ofOption(name, { ...place, current: value! }))
  if (current.startsWith('-')) return startingWith(current, ofOptions(before))
  const [, key, typed] = /^([A-Za-z][\w.-]*)=(.*)$/s.exec(current) ?? []
  const vocabulary = await taskfile.vocabulary?.()
  if (key !== undefined) return prefixed(`${key}=`, await ofKey(key, typed!, place, vocabulary))
  const words = typedWords(before)
  const found = startingWith(
    current,
    words.length === 0 ? ofTasks(taskfile) : await ofWords(words, place, vocabulary),
  )
  // A command's arguments come before config keys, as do the tasks on an empty line.
  const alone = words.length === 0 ? current === '' : !isTask(taskfile, words[0]!)
  if (words[0] === HELP.name || (alone && found.length > 0)) return found
  return [...found, ...startingWith(current, ofKeys(current, vocabulary))]
}

const startingWith = (current: string, all: Candidate[]) => all.filter(({ word }) => word.startsWith(current))
const prefixed = (prefix: string, all: Candidate[]) =>
  all.map(({ about, word }) => ({ about, word: prefix + word }))
const plainly = (words: readonly (string | number)[]) =>
  words.map((word) => ({ word: String(word), about: '' }))

/** The option whose value must be the next word, if any. */
function optionAwaiting(word = ''): string | undefined {
  const found = Object.entries(options).find(
    ([name, option]) =>
      option.type === 'string' &&
      (word === `--${name}` || ('short' in option && word === `-${option.short}`)),
  )
  return found?.[0]
}

async function ofOption(name: string, { current, cwd, environment }: Place): Promise<Candidate[]> {
  if (name === 'output') return startingWith(current, plainly(outputs))
  return name === 'config' ? files(current, cwd, environment, /\.(ya?ml|json)$/) : []
}

function ofOptions(before: readonly string[]): Candidate[] {
  return Object.entries(options)
    .filter(([name]) => !before.includes(`--${name}`))
    .map(([name, { help, type }]) => ({
      word: type === 'string' ? `--${name}=` : `--${name}`,
      about: help.replace(/^\S+ {2}/, ''),
    }))
}

async function ofKey(
  key: string,
  typed: string,
  place: Place,
  vocabulary?: Vocabulary,
): Promise<Candidate[]> {
  const { file, values } = (await vocabulary?.valuesOf(key, place.environment)) ?? { file: false, values: [] }
  const listed = startingWith(typed, plainly(values))
  return file ? [...listed, ...(await files(typed, place.cwd, place.environment))] : listed
}

/** With nothing typed, only the sections: a dozen instead of fifty keys. */
function ofKeys(current: string, vocabulary: Vocabulary | undefined): Candidate[] {
  const found = new Map<string, string>()
  for (const { about, key } of vocabulary?.keys ?? []) {
    const section = current === '' ? /^[^.]+\./.exec(key)?.[0] : undefined
    const word = section ?? (key.endsWith('.') ? key : `${key}=`)
    const names = found.get(word)
    const name = key.slice((section ?? '').length)
    found.set(word, section && name ? (names ? `${names}, ${name}` : name) : about)
  }
  return [...found].map(([word, about]) => ({ word, about }))
}

function ofTasks({ entries }: Taskfile<unknown>): Candidate[] {
  return [...entries, HELP].map(({ description, name }) => ({ word: name, about: description }))
}

/** Whether a word is a task that can be combined with others on a command line. */
function isTask({ entries }: Taskfile<unknown>, word: string): boolean {
  return entries.some(({ kind, name }) => name === word && (kind === 'task' || kind === 'up'))
}

/** What may follow a task: the arguments in its usage, or further tasks. */
async function ofWords(words: string[], place: Place, vocabulary?: Vocabulary): Promise<Candidate[]> {
  const { current, taskfile } = place
  const [first] = words
  const entry = taskfile.entries.find(({ name }) => name === first)
  if (isTask(taskfile, first!)) {
    const others = taskfile.entries.filter(({ name }) => isTask(taskfile, name) && !words.includes(name))
    return others.map(({ description, name }) => ({ word: name, about: description }))
  }
  const usage = first === HELP.name ? HELP.usage : entry?.kind === 'command' ? entry.options.words : undefined
  const found: Candidate[] = []
  for (const alternative of alternativesAt(usage ?? '', words.length - 1)) {
    const [word = ''] = alternative.split(/[\s…]/)
    if (word === 'FILE') found.push(...(await files(current, place.cwd, place.environment)))
    else if (word === 'TASK') found.push(...ofTasks(taskfile))
    else if (word === 'CODE' && /^[A-Z]/.test(current)) found.push(...plainly(codes))
    else if (word === 'KEY' && current !== '')
      found.push(
        ...(vocabulary?.keys ?? []).map(({ about, key }) => ({ word: key.replace(/\.$/, ''), about })),
      )
    else if (/^[a-z]/.test(word)) found.push({ word, about: '' })
    else found.push(...plainly(vocabulary?.words[word] ?? []))
  }
  return found
}

/** The alternatives that a usage (`[NODE] [UNIT]`, `agents | masters`, `FILE…`) allows at a position. */
function alternativesAt(usage: string, index: number): string[] {
  const groups = usage.match(/\[[^\]]*\]|[^\s[\]|]+(\s*\|\s*[^\s[\]|]+)*/g) ?? []
  const own = groups.filter((group) => !group.startsWith('[--'))
  const group = own[index] ?? (own.at(-1)?.includes('…') ? own.at(-1)! : '')
  return group.replace(/^\[|\]$/g, '').split(/\s*\|\s*/)
}

/** The words that are not options, option values or KEY=VALUE. */
function typedWords(before: readonly string[]): string[] {
  return before.filter(
    (word, index) =>
      !/^-|^[A-Za-z][\w.-]*=/.test(word) && optionAwaiting(before[index - 1]) === undefined && word !== '',
  )
}
