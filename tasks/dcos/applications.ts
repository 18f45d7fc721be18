import type { Clock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import { jsonOf, type Master, type Reply } from './http.ts'
import { type Fields, fieldsOf, listIn, optionalText } from './shape.ts'

const APPS = '/service/marathon/v2/apps'
/** How often a deployment is polled, in milliseconds. */
const POLL_MS = 1_000

/** An application's id as Marathon keeps it. */
export function absoluteId(id: string): string {
  return `/${id.split('/').filter(Boolean).join('/')}`
}

function pathOf(id: string): string {
  return APPS + absoluteId(id).split('/').map(encodeURIComponent).join('/')
}

/** The application as Marathon returns it; undefined if there is none. */
export async function readApplication(master: Master, id: string): Promise<Fields | undefined> {
  const reply = await master.ask('GET', pathOf(id))
  if (reply.status === 404) return undefined
  return fieldsOf(fieldsOf(master.accepted(pathOf(id), reply)).app)
}

/** Whether an application matches its definition. What that leaves out is Marathon's to set, except within `env` and `labels`. */
export function isAsDefined(definition: Fields, app: Fields): boolean {
  const count = (value: unknown) => Object.keys(fieldsOf(value)).length
  const whole = ['env', 'labels'].filter((name) => definition[name] !== undefined)
  return isContained(definition, app) && whole.every((name) => count(definition[name]) === count(app[name]))
}

function isContained(wanted: unknown, there: unknown): boolean {
  if (Array.isArray(wanted))
    return (
      Array.isArray(there) &&
      wanted.length === there.length &&
      wanted.every((one, at) => isContained(one, there[at]))
    )
  if (typeof wanted !== 'object' || wanted === null) return wanted === there
  const fields = fieldsOf(there)
  return Object.entries(wanted).every(([name, value]) => isContained(value, fields[name]))
}

/** Creates or changes an application. Throws DCOS_UNHEALTHY with Marathon's reasons. */
export async function putApplication(master: Master, definition: Fields): Promise<void> {
  const id = absoluteId(String(definition.id))
  changed(master, id, await master.ask('PUT', pathOf(id), { ...definition, id }))
}

/** Removes an application; false if there was none. */
export async function removeApplication(master: Master, id: string): Promise<boolean> {
  const reply = await master.ask('DELETE', `${pathOf(id)}?force=true`)
  if (reply.status === 404) return false
  changed(master, id, reply)
  return true
}

function changed(master: Master, id: string, reply: Reply): void {
  if (reply.status === 200 || reply.status === 201) return
  if (![400, 409, 422].includes(reply.status)) {
    master.accepted(pathOf(id), reply)
    return
  }
  const { details, message } = fieldsOf(jsonOf(master.url + APPS, reply))
  const reasons = (Array.isArray(details) ? details.map(fieldsOf) : []).map(
    ({ errors, path }) => `${optionalText(path) ?? '/'}: ${Array.isArray(errors) ? errors.join(', ') : ''}`,
  )
  throw new Failure('PARAMETER_INVALID', {
    message: `Marathon rejected the application ${id}`,
    cause: [optionalText(message) ?? reply.line, ...reasons].join('\n'),
    next:
      reply.status === 409
        ? 'wait until its deployment has ended, then run the same command again'
        : 'correct the definition, then run the same command again',
  })
}

export interface Waiting {
  clock: Clock
  signal: AbortSignal
  /** In milliseconds on that clock. */
  deadline: number
  progress(message: string): void
}

/** Waits until all instances run, and are healthy where there are health checks. Throws DCOS_UNHEALTHY with what is missing. */
export async function waitForApplication(master: Master, id: string, waiting: Waiting): Promise<Fields> {
  const { clock, deadline, progress, signal } = waiting
  const end = clock.now() + deadline
  for (let said = ''; ; ) {
    const app = (await readApplication(master, id)) ?? {}
    const [wanted, running, healthy] = [app.instances, app.tasksRunning, app.tasksHealthy].map((count) =>
      Number(count ?? 0),
    )
    const checked = Array.isArray(app.healthChecks) && app.healthChecks.length > 0
    const busy = Array.isArray(app.deployments) && app.deployments.length > 0
    if (!busy && running === wanted && (!checked || healthy === wanted)) return app
    const state = `${absoluteId(id)}: ${running} of ${wanted} running${checked ? `, ${healthy} healthy` : ''}`
    if (clock.now() >= end) throw await notRunning(master, app, id, state)
    if (state !== said) progress(state)
    said = state
    await clock.sleep(POLL_MS, signal)
  }
}

async function notRunning(master: Master, app: Fields, id: string, state: string): Promise<Failure> {
  const failure = fieldsOf(app.lastTaskFailure)
  const path = '/service/marathon/v2/queue'
  const queue = listIn(await master.get(path), master.url + path, 'queue')
  const waits = queue.some((one) => fieldsOf(one.app).id === absoluteId(id))
  return new Failure('DCOS_UNHEALTHY', {
    message: `the application is not up: ${state}`,
    cause:
      optionalText(failure.message) ??
      (waits ? 'no agent has enough free resources for it' : 'Marathon gives no reason'),
    next: waits
      ? 'reduce cpus, mem or instances, or add agents: agents.private=N'
      : `npx task dcos -- marathon app show ${absoluteId(id)}`,
  })
}

/** The addresses of an application's instances, as `host:port`. */
export async function addressesOf(master: Master, id: string): Promise<string[]> {
  const path = `${pathOf(id)}/tasks`
  const tasks = listIn(await master.get(path), master.url + path, 'tasks')
  return tasks.flatMap(({ host, ports }) =>
    (Array.isArray(ports) ? ports : []).slice(0, 1).map((port) => `${String(host)}:${String(port)}`),
  )
}
