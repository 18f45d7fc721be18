import type { ClusterDoor, RehearsedCluster, RehearsedNode } from '../../tasks/rehearsal/cluster.ts'
import { serveMaster } from '../../tasks/rehearsal/master/serve.ts'

export function node(role: RehearsedNode['role'], number: number): RehearsedNode {
  return {
    // Agents begin with the address 6.
    number: number - 6,
    instance: `i-0${number}`,
    host: `10.0.${role === 'master' ? 0 : 4}.${number}`,
    publicIp: role === 'agent' ? '' : `52.16.0.${number}`,
    role,
    region: 'eu-west-1',
    zone: number % 2 === 0 ? 'eu-west-1b' : 'eu-west-1a',
  }
}

/** A cluster of one master, two agents and a public one, with a test's changes. */
export function clusterWith(change: Partial<RehearsedCluster> = {}): RehearsedCluster {
  return {
    name: 'dcos-test',
    id: '5f2b0c9e-7f4a-4d8e-9a51-6a1d0c3b2e10',
    version: '2.2.1',
    up: true,
    oauth: false,
    masters: [node('master', 5)],
    agents: [node('agent', 6), node('agent', 7), node('agent_public', 8)],
    apps: [],
    ...change,
  }
}

export interface Standing {
  url: string
  /** To be changed while the master runs. */
  cluster: RehearsedCluster
  /** Milliseconds since 1970, as the master sees it. */
  clock: { now: number }
}

/** Runs `body` against a rehearsed master on a free port, with the cluster in memory. */
export async function withMaster(
  change: Partial<RehearsedCluster>,
  body: (standing: Standing) => Promise<void>,
): Promise<void> {
  const cluster = clusterWith(change)
  const clock = { now: Date.parse('2026-01-02T03:04:05Z') }
  const door: ClusterDoor = {
    read: async () => cluster,
    addApplication: async (application) => {
      cluster.apps.push(application)
    },
    removeApplication: async (id) => {
      cluster.apps = cluster.apps.filter((application) => application.id !== id)
    },
    drain: async (host) => {
      cluster.agents = cluster.agents.filter((agent) => agent.host !== host)
    },
  }
  const server = await serveMaster(door, 0, { now: () => clock.now })
  try {
    await body({ url: `http://127.0.0.1:${server.port}`, cluster, clock })
  } finally {
    await server.close()
  }
}
