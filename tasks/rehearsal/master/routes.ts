import { own } from '../../base/own.ts'
import type { ClusterDoor, RehearsedCluster } from '../cluster.ts'
import type { Answer, Ask } from './answer.ts'
import { barePage, html, json } from './answer.ts'
import { login, providers, unauthorised } from './auth.ts'
import { components } from './components.ts'
import { capabilities, cosmos } from './cosmos.ts'
import { uuidOf } from './identity.ts'
import { logs } from './logs.ts'
import { marathon } from './marathon.ts'
import { slaves, state, stateSummary } from './mesos.ts'
import { operator } from './operator.ts'
import { page } from './page.ts'
import { place } from './placement.ts'

const MARATHON = '/service/marathon'
const HEALTH = '/system/health/v1'
const PACKAGE = '/package/'
const CHECKS = '/system/checks/v1/node/'

/** Answers one request as Admin Router and the services behind it would; `now` is in milliseconds since 1970. */
export async function answer(door: ClusterDoor, ask: Ask, now: number): Promise<Answer> {
  const cluster = await door.read()
  if (ask.path === '/.rehearsal' && cluster) {
    return json({ rehearsal: true, cluster: cluster.id, name: cluster.name, up: cluster.up })
  }
  if (!cluster?.up) return barePage(502, 'Bad Gateway')
  const refusal = unauthorised(cluster, ask)
  if (refusal) return refusal
  const found =
    ask.method === 'POST'
      ? await posted(door, cluster, ask, now)
      : ask.method === 'GET'
        ? read(cluster, ask.path, now)
        : undefined
  if (found) return found
  if (ask.path.startsWith(`${MARATHON}/`)) {
    return marathon(door, cluster, ask, ask.path.slice(MARATHON.length), now)
  }
  return (ask.method === 'GET' && service(cluster, ask.path, now)) || barePage(404, 'Not Found')
}

/** Where Admin Router leads by the label DCOS_SERVICE_NAME: a running application answers with a page. */
function service(cluster: RehearsedCluster, path: string, now: number): Answer | undefined {
  const name = /^\/service\/([^/]+)\/$/.exec(path)?.[1]
  const running = place(cluster, now).tasks.some(({ app, running }) => {
    const labels = (app.definition.labels ?? {}) as Record<string, unknown>
    return running && name !== undefined && labels.DCOS_SERVICE_NAME === name
  })
  return running ? html(`<!doctype html><title>${name} (rehearsal)</title>`) : undefined
}

async function posted(
  door: ClusterDoor,
  cluster: RehearsedCluster,
  ask: Ask,
  now: number,
): Promise<Answer | undefined> {
  if (ask.path === '/acs/api/v1/auth/login') return login(cluster, ask)
  if (ask.path === '/mesos/api/v1') return operator(door, cluster, ask)
  if (ask.path === CHECKS) return json({ status: 0, checks: {} })
  if (ask.path.startsWith(PACKAGE)) return cosmos(door, cluster, ask, ask.path.slice(PACKAGE.length), now)
  return undefined
}

function read(cluster: RehearsedCluster, path: string, now: number): Answer | undefined {
  if (path.startsWith(HEALTH)) return components(cluster, path.slice(HEALTH.length))
  // `/mesos/master/x` and `/mesos/x` are the same to Mesos; until 1.7 (DC/OS 1.12) `/mesos/x.json` is, too.
  const [, minor = 0] = cluster.version.startsWith('1.') ? cluster.version.split('.').map(Number) : []
  const suffix = minor > 0 && minor < 13 ? '(\\.json)?' : ''
  const plain = path.replace(new RegExp(`^/mesos/(master/)?(.+?)${suffix}$`), '/mesos/$2')
  return own(readers, plain)?.(cluster, now) ?? logs(cluster, path, now)
}

/** The endpoints for reading, by path. */
const readers: Record<string, (cluster: RehearsedCluster, now: number) => Answer> = {
  '/': (cluster) => html(page(cluster)),
  '/dcos-metadata/dcos-version.json': (cluster) =>
    json({
      version: cluster.version,
      'dcos-variant': 'open',
      'dcos-image-commit': uuidOf(cluster.version, 'image').replaceAll('-', ''),
      'bootstrap-id': uuidOf(cluster.version, 'bootstrap').replaceAll('-', ''),
    }),
  '/exhibitor/exhibitor/v1/cluster/status': (cluster) =>
    json(
      cluster.masters.map((master, index) => ({
        code: 3,
        description: 'serving',
        hostname: master.host,
        isLeader: index === 0,
      })),
    ),
  '/metadata': (cluster) => json({ PUBLIC_IPV4: cluster.masters[0]?.publicIp ?? '', CLUSTER_ID: cluster.id }),
  '/capabilities': () => capabilities(),
  // Where the logs of tasks are, which decides what the CLI requests (gen/calc.py of DC/OS, mesos_container_log_sink).
  '/dcos-metadata/ui-config.json': () =>
    json({ uiConfiguration: { plugins: { mesos: { 'logging-strategy': 'journald' } } } }),
  '/pkgpanda/active.buildinfo.full.json': () => json({}),
  '/acs/api/v1/auth/providers': (cluster) => providers(cluster),
  '/mesos/state-summary': (cluster, now) => json(stateSummary(cluster, place(cluster, now))),
  '/mesos/state': (cluster, now) => json(state(cluster, place(cluster, now))),
  '/mesos/slaves': (cluster, now) =>
    json({ slaves: slaves(cluster, place(cluster, now)), recovered_slaves: [] }),
  '/net/v1/nodes': (cluster, now) =>
    json(
      [...cluster.masters, ...cluster.agents].map((node) => ({
        updated: new Date(now).toISOString(),
        public_ips: node.publicIp ? [node.publicIp] : [],
        private_ip: node.host,
        hostname: node.host,
      })),
    ),
  '/mesos_dns/v1/hosts/master.mesos': (cluster) =>
    json(cluster.masters.map((master) => ({ host: 'master.mesos.', ip: master.host }))),
  '/mesos_dns/v1/hosts/leader.mesos': (cluster) =>
    json(cluster.masters.slice(0, 1).map((master) => ({ host: 'leader.mesos.', ip: master.host }))),
  '/mesos_dns/v1/hosts/marathon.mesos': (cluster) =>
    json(cluster.masters.slice(0, 1).map((master) => ({ host: 'marathon.mesos.', ip: master.host }))),
}
