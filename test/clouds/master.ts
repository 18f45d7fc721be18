import { node, withMaster } from '../rehearsal/master-cluster.ts'

/** As many as the largest cluster that is brought up here. */
const PRIVATE_AGENTS = 6

/** A healthy DC/OS master on a free loopback port, until it is closed. */
export async function openMaster(
  privateAgents = PRIVATE_AGENTS,
): Promise<{ url: string; close(): Promise<void> }> {
  const agents = Array.from({ length: privateAgents }, (_, index) => node('agent', 10 + index))
  return new Promise((resolve, reject) => {
    const closed = withMaster(
      { agents: [...agents, node('agent_public', 10 + privateAgents)] },
      ({ url }) =>
        new Promise<void>((end) => {
          resolve({
            url,
            close: () => {
              end()
              return closed
            },
          })
        }),
    )
    closed.catch(reject)
  })
}
