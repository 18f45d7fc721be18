import { parseArgs } from 'node:util'
import { Failure } from '../../base/failure.ts'
import type { DcosOptions } from '../http.ts'
import { dcosAt } from '../http.ts'
import { appAdd, appList, appRemove } from './apps.ts'
import { clusterList, configShow } from './cluster.ts'
import type { ClientUse, Command, Line } from './command.ts'
import { Complaint } from './command.ts'
import { helpOf, versionOf, WHO, WHOLE_CLI } from './help.ts'
import { nodeList } from './nodes.ts'

export type { ClientUse } from './command.ts'

/** Per request, in milliseconds. The dcos CLI waits six times as long, which no user would. */
const TIMEOUT_MS = 30_000

const commands: readonly Command[] = [nodeList, appList, appAdd, appRemove, clusterList, configShow]

/**
 * The built-in client: the few dcos CLI commands of everyday use, for machines where the dcos CLI cannot be installed.
 * Resolves to the exit status, 0 or 1; every failure is written to stderr. Rejects only when aborted, with its reason.
 */
export async function runClient(words: string[], use: ClientUse): Promise<number> {
  use.stderr.write(WHO)
  try {
    use.stdout.write(await outputOf(words, use))
    return 0
  } catch (error) {
    use.signal.throwIfAborted()
    use.stderr.write(`Error: ${errorText(error)}\n`)
    return 1
  }
}

async function outputOf(words: string[], use: ClientUse): Promise<string> {
  if (words.length === 0) return helpOf(commands)
  const command = commands.find(({ name }) => startsWith(words, name))
  if (!command) return withoutCommand(words, use)
  const line = parse(command, words.slice(command.name.split(' ').length))
  if (!line) return helpOf([command])
  const options: DcosOptions = {
    token: use.token,
    caCert: use.caCert,
    signal: use.signal,
    timeoutMs: TIMEOUT_MS,
    patienceMs: use.patienceMs,
  }
  return command.run(dcosAt(use.url, options), line, use)
}

/** The words are not a complete command: `--version`, help for a group of commands, or a mistake. */
async function withoutCommand(words: string[], use: ClientUse): Promise<string> {
  const typed = words.filter((word) => !word.startsWith('-') && word !== 'help')
  const below =
    typed.length === 0
      ? commands
      : commands.filter(({ name }) => `${name} `.startsWith(`${typed.join(' ')} `))
  if (typed.length === 0 && words.includes('--version')) return versionOf(use)
  if (below.length > 0 && words.some((word) => word === '--help' || word === '-h' || word === 'help')) {
    return helpOf(below)
  }
  const names = commands.map(({ name }) => name)
  const mistake =
    typed.length > 0 && below.length > 0
      ? 'is not a complete command'
      : 'is not a command of the built-in client'
  const hint = below.length > 0 ? '' : await suggestion(typed, names)
  const can = `Available: ${(below.length > 0 && typed.length > 0 ? below.map(({ name }) => name) : names).join(' · ')}`
  throw new Complaint(`${JSON.stringify(words.join(' '))} ${mistake}${hint}\n${can}\n${WHOLE_CLI}`)
}

/** `, did you mean "node list"?`, comparing as many words as a command has. */
async function suggestion(typed: string[], names: string[]): Promise<string> {
  const { nearest } = await import('../../base/suggest.ts')
  const best = names.find(
    (name) => nearest(typed.slice(0, name.split(' ').length).join(' '), [name]).length > 0,
  )
  return best ? `, did you mean ${JSON.stringify(best)}?` : ''
}

/** A command's arguments and options; undefined for `--help`. */
function parse(command: Command, rest: string[]): Line | undefined {
  const known = command.options ?? []
  const [least, most] = command.takes ?? [0, 0]
  const { values, positionals } = parsed(command, rest)
  if (values.help) return undefined
  if (positionals.length < least || positionals.length > most) {
    const form = [command.name, command.usage].filter(Boolean).join(' ')
    throw new Complaint(
      `${command.name} takes ${least === most ? least : `${least} or ${most}`} argument${most === 1 ? '' : 's'}: npx task dcos -- ${form}`,
    )
  }
  return {
    words: positionals,
    json: known.includes('json') && values.json === true,
    force: known.includes('force') && values.force === true,
  }
}

function parsed(command: Command, args: string[]) {
  const flags = Object.fromEntries(
    (command.options ?? []).map((name) => [name, { type: 'boolean' as const }]),
  )
  try {
    const { values, positionals } = parseArgs({
      args,
      options: { ...flags, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    })
    return { values: values as Record<string, boolean | undefined>, positionals }
  } catch (error) {
    const what = (error as Error).message.split('. ')[0]
    const takes = (command.options ?? []).map((name) => `--${name}`).join(', ')
    throw new Complaint(`${command.name}: ${what}; it takes ${takes || 'no options'}`)
  }
}

function startsWith(words: string[], name: string): boolean {
  return name.split(' ').every((word, index) => words[index] === word)
}

function errorText(error: unknown): string {
  if (error instanceof Failure) return [error.message, error.why, error.next].filter(Boolean).join('\n  ')
  if (error instanceof Complaint) return error.message
  throw error
}
