import { parseArgs } from 'node:util'
import { Failure } from '../base/failure.ts'
import { own } from '../base/own.ts'
import { didYouMean, nearest } from '../base/suggest.ts'

type Output = 'auto' | 'tty' | 'plain' | 'json'

/** The parsed command line, not yet matched with the Taskfile. */
export interface CommandLine {
  /** All arguments, as typed. */
  typed: readonly string[]
  /** Task names, or a task and its arguments. */
  words: string[]
  overrides: { key: string; value: string }[]
  /** Everything after `--`; undefined when there was no `--`. */
  rest: string[] | undefined
  config: string | undefined
  only: boolean
  undo: boolean
  force: boolean
  dryRun: boolean
  yes: boolean
  output: Output
  quiet: boolean
  verbose: boolean
  color: boolean
  concurrency: number
  keepGoing: boolean
  list: boolean
  help: boolean
  version: boolean
}

/** The values of --output. */
export const outputs: readonly string[] = ['auto', 'tty', 'plain', 'json']

/** The options in the form that parseArgs takes, each with its help text. */
export const options = {
  config: {
    type: 'string',
    short: 'c',
    help: 'FILE  config file; else TASK_CONFIG or config/cluster.yaml',
  },
  'dry-run': { type: 'boolean', short: 'n', help: 'check only, show what would run' },
  only: { type: 'boolean', help: 'this task only; dependencies are checked, never run' },
  undo: { type: 'boolean', help: 'undo this task' },
  force: { type: 'boolean', short: 'f', help: 'run even if already done' },
  yes: {
    type: 'boolean',
    short: 'y',
    help: 'answer every question with yes',
  },
  json: { type: 'boolean', help: "JSON on stdout: a document, or a run's events" },
  output: { type: 'string', help: 'HOW  output format: auto, tty, plain or json' },
  quiet: { type: 'boolean', short: 'q', help: 'show only failures and the result' },
  verbose: { type: 'boolean', short: 'v', help: 'show AWS requests, and the stack trace of an error' },
  'no-color': { type: 'boolean', help: 'no colour (also NO_COLOR)' },
  concurrency: { type: 'string', short: 'j', help: 'N  run at most N tasks at a time' },
  'keep-going': {
    type: 'boolean',
    short: 'k',
    help: 'after a failure, continue with unaffected tasks',
  },
  list: { type: 'boolean', short: 'l', help: 'list the tasks' },
  help: { type: 'boolean', short: 'h', help: 'show help; TASK --help: help for a task' },
  version: { type: 'boolean', help: 'show the version' },
} as const

/** Parses the arguments after the program's name. Throws USAGE; words are matched with tasks later. */
export function parseCommandLine(
  argv: string[],
  environment: Record<string, string | undefined>,
): CommandLine {
  const { tokens } = parseArgs({ args: argv, options, strict: false, allowPositionals: true, tokens: true })
  const values = new Map<string, string | true>()
  const line: CommandLine = {
    ...empty(),
    typed: argv,
    config: environment.TASK_CONFIG || undefined,
    color: !environment.NO_COLOR,
  }
  for (const token of tokens) {
    if (token.kind === 'option-terminator') {
      line.rest = argv.slice(token.index + 1)
      break
    }
    if (token.kind === 'positional') {
      const override = overrideIn(token.value)
      if (override) line.overrides.push(override)
      else line.words.push(token.value)
      continue
    }
    const { inlineValue = false, name, rawName, value } = token
    values.set(name, checkedValue(name, rawName, value, inlineValue, argv[token.index + 1]))
  }
  for (const [name, value] of values) apply(line, name, value)
  return line
}

/** Splits `KEY=VALUE`; undefined for any other word. */
export function overrideIn(word: string): { key: string; value: string } | undefined {
  const [, key, value] = /^([A-Za-z][\w-]*(?:\.[\p{L}\p{N}_:/@+-]+)*)=(.*)$/su.exec(word) ?? []
  return key === undefined || value === undefined ? undefined : { key, value }
}

function checkedValue(
  name: string,
  rawName: string,
  value: string | undefined,
  inline: boolean,
  following: string | undefined,
): string | true {
  const option = own<(typeof options)[keyof typeof options]>(options, name)
  if (!option) {
    throw usage(`unknown option ${rawName}${suggestionFor(name, rawName, inline ? value : following)}`)
  }
  if (option.type === 'boolean') {
    if (inline) throw usage(`${rawName} takes no value`)
    return true
  }
  if (value === undefined) throw usage(`${rawName} needs a value: ${option.help}`)
  return value
}

/** A suggestion for an unknown option: another option, or a config key with its value. */
function suggestionFor(name: string, rawName: string, value: string | undefined): string {
  const near = nearest(name, Object.keys(options))[0]
  if (near !== undefined) return `, did you mean --${near}?`
  if (!rawName.startsWith('--')) return ''
  const given = value === undefined || value.startsWith('-') || overrideIn(value) ? 'VALUE' : value
  return `; config keys are written without dashes: ${name}=${given}`
}

function apply(line: CommandLine, name: string, value: string | true): void {
  if (name === 'config') line.config = value as string
  else if (name === 'dry-run') line.dryRun = true
  else if (name === 'keep-going') line.keepGoing = true
  else if (name === 'no-color') line.color = false
  else if (name === 'json') line.output = 'json'
  else if (name === 'output') {
    if (!outputs.includes(value as string)) {
      throw usage(
        `--output must be one of ${outputs.join(', ')}, not ${value}${didYouMean(value as string, outputs)}`,
      )
    }
    if (line.output !== 'json') line.output = value as Output
  } else if (name === 'concurrency') {
    if (!/^[1-9]\d{0,4}$/.test(value as string))
      throw usage(`--concurrency must be a positive whole number, not ${value}`)
    line.concurrency = Number(value)
  } else
    line[name as 'only' | 'undo' | 'force' | 'yes' | 'quiet' | 'verbose' | 'list' | 'help' | 'version'] = true
}

function empty(): CommandLine {
  return {
    typed: [],
    words: [],
    overrides: [],
    rest: undefined,
    config: undefined,
    only: false,
    undo: false,
    force: false,
    dryRun: false,
    yes: false,
    output: 'auto',
    quiet: false,
    verbose: false,
    color: true,
    concurrency: Number.POSITIVE_INFINITY,
    keepGoing: false,
    list: false,
    help: false,
    version: false,
  }
}

/** A failure of the command line. */
export function usage(message: string): Failure {
  return new Failure('USAGE', {
    message,
    next: 'npx task --help lists the options, npx task --list lists the tasks',
  })
}
