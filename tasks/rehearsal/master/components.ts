import type { RehearsedCluster } from '../cluster.ts'
import type { Answer } from './answer.ts'
import { json } from './answer.ts'

/** Some of DC/OS's systemd units and the roles they run on (dcos-diagnostics lists them all; these are examples). */
const UNITS = [
  { id: 'dcos-adminrouter.service', name: 'Admin Router Master', roles: ['master'] },
  { id: 'dcos-exhibitor.service', name: 'Exhibitor', roles: ['master'] },
  { id: 'dcos-marathon.service', name: 'Marathon', roles: ['master'] },
  { id: 'dcos-mesos-dns.service', name: 'Mesos DNS', roles: ['master'] },
  { id: 'dcos-mesos-master.service', name: 'Mesos Master', roles: ['master'] },
  { id: 'dcos-mesos-slave.service', name: 'Mesos Agent', roles: ['agent'] },
  { id: 'dcos-mesos-slave-public.service', name: 'Mesos Agent Public', roles: ['agent_public'] },
  { id: 'dcos-net.service', name: 'DC/OS Net', roles: ['master', 'agent', 'agent_public'] },
]
const HEALTHY = 0
const UNIT_NODES = /^\/units\/([^/]+)\/nodes$/
const NODE_UNITS = /^\/nodes\/([^/]+)\/units$/

/** What follows /system/health/v1: DC/OS's own health, by unit and by node. */
export function components(cluster: RehearsedCluster, path: string): Answer | undefined {
  const nodes = [...cluster.masters, ...cluster.agents]
  const present = (node: (typeof nodes)[number]) => ({ host_ip: node.host, health: HEALTHY, role: node.role })
  if (path === '/nodes') return json({ nodes: nodes.map(present) })
  const units = UNITS.filter((unit) => nodes.some((node) => unit.roles.includes(node.role)))
  if (path === '/units') {
    return json({ units: units.map(({ id, name }) => ({ id, name, health: HEALTHY, description: name })) })
  }
  const node = nodes.find(({ host }) => host === NODE_UNITS.exec(path)?.[1])
  if (node) {
    const its = UNITS.filter(({ roles }) => roles.includes(node.role))
    return json({ units: its.map(({ id, name }) => ({ id, name, health: HEALTHY, description: name })) })
  }
  const unit = units.find(({ id }) => id === UNIT_NODES.exec(path)?.[1])
  return unit && json({ nodes: nodes.filter((node) => unit.roles.includes(node.role)).map(present) })
}
