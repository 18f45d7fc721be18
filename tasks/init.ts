import { lstat, mkdir, open, rm } from 'node:fs/promises'
import path from 'node:path'
import { type Answers, readAnswers } from '../config/answers.ts'
import { DEFAULT_FILE } from '../config/load.ts'
import { isSecret } from '../config/secret.ts'
import { configText } from '../config/text.ts'
import { Failure } from './base/failure.ts'
import { diskFailure, isSystemError, PRIVATE_FILE } from './base/file.ts'
import { jsonText } from './base/terminal-text.ts'
import { askFor, interview, questions, takeDefaults } from './cluster/interview.ts'
import type { Help } from './runner/help/text.ts'
import { shellWord } from './runner/rerun.ts'
import type { Tools } from './runner/task.ts'
import type { CommandTools, Opening } from './runner/taskfile.ts'

/** What `npx task help init` says. */
export const help: Help = {
  runs: 'asks five questions, each with a default, and writes a commented config; KEY=VALUE answers a question in advance. It never overwrites a file',
  undo: 'remove the file',
  keys: ['cloud', 'region', 'cluster', 'agents', 'access.publicKey'],
  options: {
    'dry-run': 'show what would be written, and where',
    yes: 'ask nothing: use the defaults and the given KEY=VALUE',
  },
  examples: ['init', 'init --yes cloud=aws region=eu-central-1', 'init test.yaml --dry-run'],
}

type Use = Opening & Tools & CommandTools

/** What AWS needs and has no default. */
const ON_AWS = ['installer.from', 'installer.sha256']

/**
 * Writes a config from five answers. It never touches an existing file, and writes nothing before the last answer. It works
 * without a config, or with a broken one.
 */
export async function execute(use: Use): Promise<number> {
  const answers = readAnswers(use.overrides, use)
  const named = await namedFile(use)
  const open = questions.flat().some((key) => !answers.has(key))
  if (open && !use.yes && !use.interactive) throw cannotAsk(use)
  let file: string
  try {
    if (open && !use.yes) await interview(use, answers)
    else await takeDefaults(use, answers)
    file = named ?? (await chosenFile(use, answers))
  } catch (thrown) {
    if (use.signal.aborted) use.stderr.write('nothing was written\n')
    throw thrown
  }
  const hints = answers.get('cloud') === 'aws' ? ON_AWS : []
  const text = configText(answers, hints, head(use, file))
  if (use.flags.dryRun) {
    const would = { file, text }
    use.stdout.write(
      use.json ? `${jsonText({ would }, 2)}\n` : `${shown(use, file)} would contain:\n\n${text}`,
    )
    return 0
  }
  await create(file, text, holdsSecret(answers))
  const { needed, next } = closing(use, file, answers)
  if (use.json) use.stdout.write(`${jsonText({ file, needed, next }, 2)}\n`)
  else {
    const lines = [
      ...needed.map((what) => `  needed: ${what}`),
      ...next.map((line, index) => `${index === 0 ? '  next:  ' : '         '} ${line}`),
    ]
    use.stdout.write(`wrote ${shown(use, file)}\n${lines.map((line) => `${line}\n`).join('')}`)
  }
  return 0
}

/** The file that the user names: as an argument, or with --config. Throws if it exists, or does not have a YAML file's name. */
async function namedFile(use: Use): Promise<string | undefined> {
  const { words } = use
  if (words.length > 1)
    throw new Failure('USAGE', {
      message: `init writes one file, not ${words.map((word) => JSON.stringify(word)).join(' and ')}`,
      next: 'npx task init FILE.yaml KEY=VALUE…',
    })
  const word = words[0] ?? use.file
  if (word === undefined) return undefined
  if (!/\.ya?ml$/i.test(word))
    throw new Failure('USAGE', {
      message: `a config is a YAML file, but ${JSON.stringify(word)} does not end in .yaml`,
      next: `npx task init ${shellWord(`${word}.yaml`)}, or npx task init cluster.name=NAME`,
    })
  const file = path.resolve(use.cwd, word)
  if (await exists(file)) throw taken(use, file)
  return file
}

/** The default config if there is none yet, else one named after the cluster; at a terminal the user may choose another. */
async function chosenFile(use: Use, answers: Answers): Promise<string> {
  const usual = path.join(use.root, DEFAULT_FILE)
  if (!(await exists(usual))) return usual
  const folder = path.dirname(usual)
  const name = String(answers.get('cluster.name'))
  const fitting = path.join(folder, `${name}.yaml`)
  if (!use.interactive || use.yes) {
    if (await exists(fitting)) throw taken(use, fitting)
    return fitting
  }
  let free = fitting
  for (let number = 2; await exists(free); number++) free = path.join(folder, `${name}-${number}.yaml`)
  use.stderr.write(`\n${shown(use, usual)} already exists and is not changed.\n`)
  for (;;) {
    const typed = await askFor(use, 'Write another file', shown(use, free))
    const file = path.resolve(use.cwd, typed)
    if (!/\.ya?ml$/i.test(file)) use.stderr.write('  a config is a YAML file: NAME.yaml\n')
    else if (await exists(file))
      use.stderr.write(`  ${shown(use, file)} already exists: choose another name\n`)
    else return file
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await lstat(file)
    return true
  } catch (error) {
    if (isSystemError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return false
    throw diskFailure(file, error)
  }
}

/** Creates the file and its folder; a file created meanwhile is not overwritten. */
async function create(file: string, text: string, secret: boolean): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true })
    const handle = await open(file, 'wx', secret ? PRIVATE_FILE : 0o666)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } catch (error) {
      await rm(file, { force: true }).catch(() => undefined)
      throw error
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw diskFailure(file, error)
  }
}

function head(use: Use, file: string): string[] {
  const schema = path.join(use.packageRoot, 'config/cluster.schema.json')
  return [
    `# yaml-language-server: $schema=${path.relative(path.dirname(file), schema)}`,
    '#',
    '# Written by npx task init; edit it freely. Keys that are not set here have their defaults. A key=value on the command line',
    '# overrides this file. A relative path is relative to the project; ~ is your home directory.',
  ]
}

function holdsSecret(answers: Answers): boolean {
  return [...answers].some(([key, value]) => isSecret(key, String(value)))
}

/** What a cluster needs besides the file, and the next commands. */
function closing(use: Use, file: string, answers: Answers): { needed: string[]; next: string[] } {
  const usual = file === path.join(use.root, DEFAULT_FILE)
  const config = usual ? '' : ` --config ${shellWord(shown(use, file))}`
  const needed: string[] = []
  const next = [`npx task bootstrap${config}`]
  if (answers.get('cloud') === 'aws') {
    if (!answers.has('installer.from'))
      needed.push('installer.from, your own copy of dcos_generate_config.sh: set it in that file')
    needed.push('credentials: aws configure, or AWS_PROFILE, or the AWS_* variables')
    next.unshift(`npx task doctor${config}`)
  }
  if (!usual) next.push(`or, for the rest of this shell session: export TASK_CONFIG=${shellWord(file)}`)
  return { needed, next }
}

/** A path as the user would write it. */
function shown(use: Use, file: string): string {
  const relative = path.relative(use.cwd, file)
  return relative.startsWith('..') ? file : relative
}

function taken(use: Use, file: string): Failure {
  return new Failure('USAGE', {
    message: `${shown(use, file)} already exists; init never overwrites a file`,
    next: 'npx task init FILE.yaml writes another one; or edit this one',
  })
}

function cannotAsk(use: Use): Failure {
  return new Failure('USAGE', {
    message: 'init needs answers to five questions',
    cause: use.json ? '--json asks nothing' : 'there is no terminal to ask on',
    next: 'npx task init --yes takes the defaults; add what differs: npx task init --yes cloud=aws region=eu-central-1',
  })
}
