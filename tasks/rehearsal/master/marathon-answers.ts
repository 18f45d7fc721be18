import type { Application, RehearsedCluster } from '../cluster.ts'
import { uuidOf } from './identity.ts'
import { agentId, masterId } from './mesos.ts'
import { instancesOf, type Placement, resourcesOf } from './placement.ts'

const MARATHON_VERSION = '1.11.24'
/** The first port of rehearsed tasks: each instance has one. */
const FIRST_PORT = 10_000

/** An application is deployed by one deployment, which is over when all its instances run. */
export function deploymentId(app: Application): string {
  return uuidOf('deployment', app.id, app.acceptedAt)
}

function runningOf(app: Application, { tasks }: Placement): number {
  return tasks.filter((task) => task.app.id === app.id && task.running).length
}

/** An application as Marathon shows it: its definition with the defaults filled in, and its state. */
export function present(app: Application, placement: Placement): object {
  const instances = instancesOf(app)
  const tasksRunning = runningOf(app, placement)
  const placed = placement.tasks.filter((task) => task.app.id === app.id).length
  const checked = Array.isArray(app.definition.healthChecks) ? tasksRunning : 0
  return {
    ...resourcesOf(app),
    instances,
    labels: {},
    env: {},
    dependencies: [],
    role: 'slave_public',
    ...app.definition,
    id: app.id,
    version: app.acceptedAt,
    versionInfo: { lastScalingAt: app.acceptedAt, lastConfigChangeAt: app.acceptedAt },
    tasksStaged: placed - tasksRunning,
    tasksRunning,
    tasksHealthy: checked,
    tasksUnhealthy: 0,
    deployments: tasksRunning < instances ? [{ id: deploymentId(app) }] : [],
  }
}

export function deployments(cluster: RehearsedCluster, placement: Placement): object[] {
  return cluster.apps
    .filter((app) => runningOf(app, placement) < instancesOf(app))
    .map((app) => ({
      id: deploymentId(app),
      version: app.acceptedAt,
      affectedApps: [app.id],
      affectedPods: [],
      steps: [
        { actions: [{ action: 'StartApplication', app: app.id }] },
        { actions: [{ action: 'ScaleApplication', app: app.id }] },
      ],
      currentActions: [{ action: 'ScaleApplication', app: app.id, readinessCheckResults: [] }],
      currentStep: 2,
      totalSteps: 2,
    }))
}

/** What waits for an agent with enough free resources. */
export function queue(cluster: RehearsedCluster, placement: Placement): object[] {
  return cluster.apps
    .filter((app) => placement.waiting.has(app.id))
    .map((app) => ({
      count: placement.waiting.get(app.id),
      delay: { timeLeftSeconds: 0, overdue: true },
      since: app.acceptedAt,
      processedOffersSummary: {
        processedOffersCount: cluster.agents.length,
        unusedOffersCount: cluster.agents.length,
      },
      role: 'slave_public',
      app: present(app, placement),
    }))
}

export function info(cluster: RehearsedCluster): object {
  const host = cluster.masters[0]?.host ?? ''
  return {
    name: 'marathon',
    version: MARATHON_VERSION,
    buildref: 'rehearsal',
    elected: true,
    leader: `${host}:8080`,
    frameworkId: `${masterId(cluster)}-0001`,
    marathon_config: { master: 'zk://zk-1.zk:2181/mesos', framework_name: 'marathon', hostname: host },
    zookeeper_config: { zk: 'zk://zk-1.zk:2181/marathon' },
  }
}

/** The instances of applications as GET /v2/tasks lists them. */
export function tasks(cluster: RehearsedCluster, placement: Placement, app?: string): object[] {
  return placement.tasks
    .filter((task) => app === undefined || task.app.id === app)
    .map((task, index) => ({
      id: task.id,
      appId: task.app.id,
      host: task.agent.host,
      ports: [FIRST_PORT + index],
      servicePorts: [],
      ipAddresses: [{ ipAddress: task.agent.host, protocol: 'IPv4' }],
      slaveId: agentId(cluster, task.agent),
      state: task.running ? 'TASK_RUNNING' : 'TASK_STAGING',
      stagedAt: task.app.acceptedAt,
      startedAt: task.running ? task.app.acceptedAt : null,
      version: task.app.acceptedAt,
      localVolumes: [],
    }))
}
