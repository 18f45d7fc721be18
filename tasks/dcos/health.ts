import { Failure } from '../base/failure.ts'
import { EXHIBITOR, type Master } from './http.ts'
import type { Fields } from './shape.ts'
import { fieldsOf, listIn, optionalText } from './shape.ts'
import { notDcos } from './unreachable.ts'

export interface Expected {
  masters: number
  /** Private and public ones together. */
  agents: number
}

/** The health that DC/OS reports of itself. What was not reached yet is left out. */
export interface Health {
  ready: boolean
  /** What is not ready, in a few words for a progress line; empty when ready. */
  waitingFor: string
  /** `without a token` when the cluster asks for one and there is none: only the version and Exhibitor are readable then. */
  checked: 'all' | 'without a token'
  version?: string
  variant?: string
  exhibitor?: { serving: number; total: number; leader?: string }
  clusterId?: string
  agents?: { seen: number; expected: number }
  /** Marathon's version. */
  marathon?: string
  /** Names of the systemd units, then addresses of the nodes, that are not healthy. */
  unhealthy: string[]
  /** Why the last request failed; reported when the wait has to end. */
  failure?: Failure
}

const VERSION = '/dcos-metadata/dcos-version.json'
const METADATA = '/metadata'
const SUMMARY = '/mesos/state-summary'
const MARATHON = '/service/marathon/v2/info'
const UNITS = '/system/health/v1/units'
const NODES = '/system/health/v1/nodes'
/** Exhibitor's code for a server that serves (ExhibitorEntity of exhibitor-core). */
const SERVING = 3
/** How many unhealthy units are listed with their node. */
const NAMED = 2

/**
 * Checks DC/OS's components in the order in which they start, and stops at the first that is not ready: seven
 * requests when all is well. A cluster that does not answer, or is not healthy, is to be waited for: no error here.
 * Fails with AUTH_NEEDED when a given token is rejected, and with the signal's reason when aborted.
 */
export async function checkHealth(master: Master, expected: Expected): Promise<Health> {
  const health: Health = { ready: false, waitingFor: '', checked: 'all', unhealthy: [] }
  try {
    health.waitingFor = await firstNotReady(health, master, expected)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    if (error.code === 'AUTH_NEEDED' && !master.hasToken && health.version) {
      health.checked = 'without a token'
    } else if (error.code === 'DCOS_UNREACHABLE' || error.code === 'DCOS_UNHEALTHY') {
      health.waitingFor = `DC/OS to answer: ${waitingPhrase(error)}`
      health.failure = error
    } else {
      throw error
    }
  }
  health.ready = health.waitingFor === ''
  return health
}

async function firstNotReady(health: Health, master: Master, expected: Expected): Promise<string> {
  const version = fieldsOf(await master.get(VERSION))
  if (!optionalText(version.version)) throw notDcos(master.url + VERSION, 'it is JSON, but has no “version”')
  health.version = String(version.version)
  const variant = optionalText(version['dcos-variant'])
  if (variant) health.variant = variant

  const notServing = exhibitor(health, listIn(await master.get(EXHIBITOR), master.url + EXHIBITOR), expected)
  if (notServing) return notServing

  // Admin Router leaves CLUSTER_ID out until the masters have agreed on it.
  const clusterId = optionalText(fieldsOf(await master.get(METADATA)).CLUSTER_ID)
  if (!clusterId) return "the cluster's id"
  health.clusterId = clusterId

  const answers = await Promise.allSettled([SUMMARY, MARATHON, UNITS, NODES].map((path) => master.get(path)))
  const answer = (index: number) => {
    const settled = answers[index]!
    if (settled.status === 'rejected') throw settled.reason
    return settled.value
  }
  const missing = agents(health, listIn(answer(0), master.url + SUMMARY, 'slaves'), expected)
  if (missing) return missing
  health.marathon = optionalText(fieldsOf(answer(1)).version) ?? 'unknown'
  // Before it has asked the nodes for the first time, dcos-diagnostics has no list of them.
  if (fieldsOf(answer(2)).units === null || fieldsOf(answer(3)).nodes === null) return 'dcos-diagnostics'
  const units = listIn(answer(2), master.url + UNITS, 'units').filter(isUnhealthy)
  const nodes = listIn(answer(3), master.url + NODES, 'nodes').filter(isUnhealthy)
  return unhealthy(health, master, units, nodes)
}

function exhibitor(health: Health, servers: Fields[], expected: Expected): string {
  const serving = servers.filter((server) => server.code === SERVING)
  const leaders = servers.filter((server) => server.isLeader === true)
  const leader = optionalText(leaders[0]?.hostname)
  const total = Math.max(servers.length, expected.masters)
  health.exhibitor = { serving: serving.length, total, ...(leader ? { leader } : {}) }
  // All of the ensemble, whose size is fixed: it may have more members than there are machines now.
  if (serving.length < total) return `exhibitor: ${serving.length} of ${total} serving`
  if (leaders.length !== 1) return `exhibitor: ${leaders.length} leaders`
  return ''
}

/** Why the masters are not complete, all serving under one leader; undefined if they are. */
export async function mastersServing(master: Master, masters: number): Promise<string | undefined> {
  const health: Health = { ready: false, waitingFor: '', checked: 'all', unhealthy: [] }
  const servers = listIn(await master.get(EXHIBITOR), master.url + EXHIBITOR)
  return exhibitor(health, servers, { masters, agents: 0 }) || undefined
}

function agents(health: Health, slaves: Fields[], expected: Expected): string {
  const seen = slaves.filter((slave) => slave.active !== false).length
  health.agents = { seen, expected: expected.agents }
  return seen < expected.agents ? `agents ${seen}/${expected.agents}` : ''
}

/** dcos-diagnostics reports 0 for healthy; every other number is unhealthy. */
function isUnhealthy(entry: Fields): boolean {
  return entry.health !== 0
}

async function unhealthy(health: Health, master: Master, units: Fields[], nodes: Fields[]): Promise<string> {
  const names = units.map((unit) => String(unit.id).replace(/\.(service|socket|timer)$/, ''))
  const addresses = nodes.map((node) => String(node.host_ip))
  health.unhealthy = [...names, ...addresses]
  if (units.length === 0) {
    return nodes.length === 0 ? '' : `${counted(nodes.length, 'node')} unhealthy: ${addresses.join(', ')}`
  }
  const named = await Promise.all(
    units.slice(0, NAMED).map(async (unit, index) => names[index] + (await whereOf(master, String(unit.id)))),
  )
  const more = units.length > NAMED ? ' …' : ''
  return `${counted(units.length, 'unit')} unhealthy: ${named.join(', ')}${more}`
}

/** ` on 10.0.0.5` for the first node on which a unit is unhealthy; nothing if that is not known. */
async function whereOf(master: Master, unit: string): Promise<string> {
  const path = `${UNITS}/${encodeURIComponent(unit)}/nodes`
  try {
    const node = listIn(await master.get(path), master.url + path, 'nodes').find(isUnhealthy)
    return node ? ` on ${node.host_ip}` : ''
  } catch (error) {
    if (error instanceof Failure) return ''
    throw error
  }
}

/** The part of a failure that differs from one moment of waiting to the next. */
function waitingPhrase({ message, why }: Failure): string {
  return / answers (.+)$/.exec(message)?.[1] ?? why ?? message
}

function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}
