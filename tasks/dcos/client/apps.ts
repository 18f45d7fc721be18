import { readFile } from 'node:fs/promises'
import { table } from '../../base/table.ts'
import type { Master, Reply } from '../http.ts'
import { jsonOf } from '../http.ts'
import type { Fields } from '../shape.ts'
import { fieldsOf, listIn, optionalText } from '../shape.ts'
import type { ClientUse, Command } from './command.ts'
import { Complaint } from './command.ts'
import { prettyJson } from './json.ts'

const APPS = '/service/marathon/v2/apps'
const DEPLOYMENTS = '/service/marathon/v2/deployments'
const QUEUE = '/service/marathon/v2/queue'

const HEADER = ['ID', 'MEM', 'CPUS', 'TASKS', 'HEALTH', 'DEPLOYMENT', 'WAITING', 'CONTAINER', 'CMD', 'ROLE']
const NONE = '---'
/** Commands are truncated to this length in the table. */
const COMMAND_LENGTH = 30
/** Marathon's actions in the dcos CLI's words. */
const ACTIONS: Record<string, string> = {
  ResolveArtifacts: 'artifacts',
  StartApplication: 'start',
  ScaleApplication: 'scale',
  RestartApplication: 'restart',
  StopApplication: 'stop',
  KillAllOldTasksOf: 'kill-tasks',
}

export const appList: Command = {
  name: 'marathon app list',
  summary: 'List the installed applications',
  options: ['json'],
  async run(master, { json }) {
    const apps = listIn(await master.get(APPS), master.url + APPS, 'apps')
    if (json) return prettyJson(apps)
    const [deployments, queue] = await Promise.all([
      master.get(DEPLOYMENTS).then((answer) => listIn(answer, master.url + DEPLOYMENTS)),
      master.get(QUEUE).then((answer) => listIn(answer, master.url + QUEUE, 'queue')),
    ])
    const rows = apps.map((app) => row(app, deployments, queue))
    return table(
      HEADER,
      rows.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
    )
  },
}

export const appAdd: Command = {
  name: 'marathon app add',
  usage: '[FILE]',
  summary: 'Add an application from a JSON file, or from standard input',
  takes: [0, 1],
  options: ['json'],
  async run(master, { words: [file], json }, use) {
    const definition = await readDefinition(file, use)
    const reply = await master.ask('POST', APPS, definition)
    if (reply.status === 409) throw new Complaint(`Application '${absolute(definition.id)}' already exists`)
    const app = fieldsOf(changed(master, reply))
    const deployment = Array.isArray(app.deployments) ? fieldsOf(app.deployments[0]).id : undefined
    return json ? prettyJson(app) : created(deployment)
  },
}

export const appRemove: Command = {
  name: 'marathon app remove',
  usage: 'ID',
  summary: 'Remove an application',
  takes: [1, 1],
  options: ['json', 'force'],
  async run(master, { words: [id = ''], json, force }) {
    const path = absolute(id).split('/').map(encodeURIComponent).join('/')
    // Without an id the request would be for the list of all applications.
    if (path === '/') throw new Complaint('give the ID of the application to remove')
    const reply = await master.ask('DELETE', `${APPS}${path}${force ? '?force=true' : ''}`)
    if (reply.status === 404) throw new Complaint(`app '${absolute(id)}' does not exist`)
    const answer = fieldsOf(changed(master, reply))
    return json ? prettyJson(answer) : created(answer.deploymentId)
  },
}

function created(deployment: unknown): string {
  return `Created deployment ${optionalText(deployment) ?? ''}`.trimEnd().concat('\n')
}

async function readDefinition(file: string | undefined, use: ClientUse): Promise<Fields> {
  const from = file ?? 'standard input'
  let definition: unknown
  try {
    definition = JSON.parse(file === undefined ? await readAll(use.stdin) : await readFile(file, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) throw new Complaint(`${from} is not JSON: ${error.message}`)
    throw new Complaint(`cannot read ${from}: ${(error as Error).message}`)
  }
  if (Array.isArray(definition) || typeof definition !== 'object' || definition === null) {
    throw new Complaint(`${from} must contain one application, a JSON object`)
  }
  if (!optionalText(fieldsOf(definition).id)) throw new Complaint(`the application in ${from} has no "id"`)
  return fieldsOf(definition)
}

async function readAll(input: AsyncIterable<string | Uint8Array>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of input) chunks.push(Buffer.from(chunk as Uint8Array))
  return Buffer.concat(chunks).toString('utf8')
}

/** Marathon's answer to an accepted change. Throws with its reasons otherwise. */
function changed(master: Master, reply: Reply): unknown {
  if (reply.status === 200 || reply.status === 201) return jsonOf(master.url + APPS, reply)
  if (reply.status === 400 || reply.status === 409 || reply.status === 422) {
    const { message, details } = fieldsOf(jsonOf(master.url + APPS, reply))
    const reasons = Array.isArray(details) ? details.map(fieldsOf).map(reason) : []
    throw new Complaint(
      [`Marathon rejected it: ${optionalText(message) ?? reply.line}`, ...reasons].join('\n  '),
    )
  }
  return master.accepted(APPS, reply)
}

function reason({ path, errors }: Fields): string {
  return `${optionalText(path) ?? '/'}: ${Array.isArray(errors) ? errors.join(', ') : ''}`
}

function absolute(id: unknown): string {
  return `/${String(id).split('/').filter(Boolean).join('/')}`
}

function row(app: Fields, deployments: Fields[], queue: Fields[]): string[] {
  const running = Number(app.tasksRunning ?? 0)
  const waits = queue.some(
    (item) => fieldsOf(item.app).id === app.id && fieldsOf(item.delay).overdue === true,
  )
  return [
    String(app.id),
    String(app.mem ?? ''),
    String(app.cpus ?? ''),
    `${running}/${app.instances ?? 0}`,
    Array.isArray(app.healthChecks) ? `${app.tasksHealthy ?? 0}/${running}` : NONE,
    actionsOn(app, deployments),
    String(waits),
    optionalText(fieldsOf(app.container).type) ?? 'MESOS',
    commandOf(app),
    optionalText(app.role) ?? '',
  ]
}

function actionsOn(app: Fields, deployments: Fields[]): string {
  const actions = deployments
    .flatMap(({ currentActions }) => (Array.isArray(currentActions) ? currentActions.map(fieldsOf) : []))
    .filter((action) => action.app === app.id)
    .map((action) => ACTIONS[String(action.action)] ?? String(action.action))
  return actions.length > 1 ? `(${actions.join(',')})` : (actions[0] ?? NONE)
}

function commandOf({ cmd, args }: Fields): string {
  const command =
    optionalText(cmd) ?? (Array.isArray(args) && args.length > 0 ? `[${args.join(', ')}]` : NONE)
  const line = command.replace(/\s+/g, ' ')
  return line.length > COMMAND_LENGTH ? `${line.slice(0, COMMAND_LENGTH - 1)}…` : line
}
