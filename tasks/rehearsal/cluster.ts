/** A DC/OS cluster as the rehearsed master reports it: what runs on the instances of a rehearsed stack at this moment. */
export interface RehearsedCluster {
  /** The stack's name. */
  name: string
  /** A UUID, the same for the life of the stack (derived from its id). */
  id: string
  /** DC/OS version to report. */
  version: string
  /** False while the master is still starting: it then answers 502 to everything, as Admin Router's load balancer does. */
  up: boolean
  /** From the stack's parameter OAuthEnabled: everything but the version and Exhibitor then requires a token. */
  oauth: boolean
  masters: RehearsedNode[]
  agents: RehearsedNode[]
  /** Marathon's applications, in the order they were added. */
  apps: Application[]
}

export interface RehearsedNode {
  /** Counted over all agents that the cluster ever had: they keep their ids in Mesos. */
  number: number
  /** EC2 instance id. */
  instance: string
  /** Private address, also its host name in DC/OS. */
  host: string
  publicIp: string
  role: 'master' | 'agent' | 'agent_public'
  region: string
  zone: string
}

/** An application definition as posted to Marathon, with its id made absolute and the time it was accepted. */
export interface Application {
  id: string
  acceptedAt: string
  definition: Record<string, unknown>
}

/** The changes that the master may make to its cluster; each is an entry of the rehearsal's log. */
export interface ClusterDoor {
  /** The cluster now, or undefined if its stack is gone. */
  read(): Promise<RehearsedCluster | undefined>
  addApplication(application: Application): Promise<void>
  removeApplication(id: string): Promise<void>
  /** Mesos drains the agent of this address, and marks it gone. */
  drain(host: string): Promise<void>
}
