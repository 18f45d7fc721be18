import path from 'node:path'
import { realClock } from './base/clock.ts'
import { Failure } from './base/failure.ts'
import { jsonText } from './base/terminal-text.ts'
import { readUserFile } from './base/user-file.ts'
import { knownToken, masterAt } from './cluster/access/token.ts'
import type { Use } from './cluster/context.ts'
import type { WaitValue } from './cluster/health.ts'
import type { Master } from './dcos/http.ts'
import type { Fields } from './dcos/shape.ts'
import type { Help } from './runner/help/text.ts'
import type { CommandTools } from './runner/taskfile.ts'

/** What `npx task help deploy` says. */
export const help: Help = {
  checks: 'Marathon has the application as defined in the file',
  runs: 'creates or updates the applications in the files (Marathon JSON) and waits until they run; unchanged ones are left alone',
  undo: 'with --undo: removes the applications in the files',
  keys: ['cloud', 'region', 'cluster', 'auth', 'aws'],
  options: { undo: 'remove the applications', 'dry-run': 'show what would be created, changed or removed' },
  examples: ['deploy app.json', 'deploy app.json other.json --undo'],
}

/** Hundreds of application definitions take far less. */
const MOST_BYTES = 4_000_000
/** The image has to be pulled first; after this time the application is unlikely to start. */
const DEADLINE_MS = 10 * 60_000

/** Creates or updates applications from their files, and waits until they run; unchanged ones are left alone. `--undo` removes them. */
export async function execute(use: Use & CommandTools, { wait }: { wait: WaitValue }): Promise<number> {
  const { flags, words } = use
  if (words.length === 0) {
    throw new Failure('USAGE', {
      message: 'deploy needs the files of Marathon applications',
      next: 'npx task deploy app.json',
    })
  }
  // Read all of them before changing anything.
  const definitions: Fields[] = []
  for (const file of words) definitions.push(await readDefinition(file))
  await use.cloud.reach(wait.url, 'steady')
  const master = masterAt(use, wait.url, await knownToken(use))
  const deploy = flags.undo ? remove : bringUp
  const applications: Deployed[] = []
  for (const definition of definitions) {
    const one = await deploy(use, master, definition)
    applications.push(one)
    if (!use.json) use.stdout.write(`${textOf(one)}\n`)
  }
  if (use.json) use.stdout.write(`${jsonText({ applications }, 2)}\n`)
  return 0
}

/** The result for one application. */
interface Deployed {
  id: string
  state: string
  addresses: string[]
}

function textOf({ addresses, id, state }: Deployed): string {
  const where = addresses.length > 0 ? ` at ${addresses.join(', ')} (inside the cluster's network)` : ''
  return `${id}: ${state}${where}`
}

async function bringUp(use: Use & CommandTools, master: Master, definition: Fields): Promise<Deployed> {
  const { addressesOf, isAsDefined, putApplication, readApplication, waitForApplication, absoluteId } =
    await import('./dcos/applications.ts')
  const id = absoluteId(String(definition.id))
  const there = await readApplication(master, id)
  const { id: _, ...wanted } = definition
  const same = there !== undefined && isAsDefined(wanted, there)
  if (use.flags.dryRun) {
    const state = same ? 'nothing to do' : there ? 'would be changed' : 'would be created'
    return { id, state, addresses: [] }
  }
  if (!same) await putApplication(master, definition)
  await waitForApplication(master, id, {
    // Applications start in real time, even in a rehearsal.
    clock: realClock,
    signal: use.signal,
    deadline: DEADLINE_MS,
    progress: (message) => use.stderr.write(`${message}\n`),
  })
  const addresses = await addressesOf(master, id)
  return { id, state: same ? 'unchanged, runs' : there ? 'changed, runs' : 'runs', addresses }
}

async function remove(use: Use & CommandTools, master: Master, { id }: Fields): Promise<Deployed> {
  const { absoluteId, readApplication, removeApplication } = await import('./dcos/applications.ts')
  const name = absoluteId(String(id))
  if (use.flags.dryRun) {
    const there = await readApplication(master, name)
    return { id: name, state: there ? 'would be removed' : 'not there', addresses: [] }
  }
  const removed = await removeApplication(master, name)
  return { id: name, state: removed ? 'removed' : 'was not there', addresses: [] }
}

/** Reads the application in a file. Throws PARAMETER_INVALID with the position of an error. */
async function readDefinition(file: string): Promise<Fields> {
  const invalid = (cause: string) =>
    new Failure('PARAMETER_INVALID', {
      message: `${file} is not a Marathon application`,
      cause,
      next: 'correct the file, then run the same command again',
    })
  const text = await readUserFile(path.resolve(file), MOST_BYTES).catch((error: Error) => {
    throw invalid(error.message)
  })
  const { readJson } = await import('./template/json.ts')
  const { TemplateSyntaxError } = await import('./template/syntax.ts')
  try {
    // That reader keeps numbers as written; it is used only for the position of errors.
    readJson(text)
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw invalid('it must contain one JSON object')
    const definition = value as Fields
    if (typeof definition.id !== 'string' || definition.id === '') throw invalid('it has no "id"')
    return definition
  } catch (error) {
    if (!(error instanceof TemplateSyntaxError)) throw error
    throw invalid(`${file}:${error.line ?? 1}:${error.column ?? 1}: ${error.message}`)
  }
}
