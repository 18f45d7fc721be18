import type { Config } from '../../config/schema.ts'
import { clockAt, realClock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import type { Cloud } from './cloud.ts'
import type { Folders } from './context.ts'

/** Another process of ours takes the master over at once; on a busy machine it may take this long to respond. */
const HAND_OVER_MS = 3_000

/** Opens the cloud that is set in the config. */
export async function openCloud(config: Config, folders: Folders): Promise<Cloud> {
  if (config.cloud === 'aws') {
    return {
      costsMoney: true,
      onThisMachine: false,
      clock: realClock,
      handler: undefined,
      patienceMs: 0,
      reach: async () => ({ servedByUs: false }),
      close: async () => {},
    }
  }
  const { openRehearsal } = await import('../rehearsal/index.ts')
  const rehearsal = openRehearsal({ folder: folders.rehearsal, ...config.rehearsal })
  const open = (url: string) =>
    rehearsal.openMaster(url).catch((error: Error) => {
      throw unreachable(url, error)
    })
  const masters = new Map<string, Awaited<ReturnType<typeof open>>>()
  return {
    costsMoney: false,
    onThisMachine: true,
    clock: clockAt(config.rehearsal.speed),
    handler: rehearsal.requestHandler,
    patienceMs: HAND_OVER_MS,
    reach: async (url, steady) => {
      const master = masters.get(url) ?? (await open(url))
      masters.set(url, master)
      if (steady) await master.steady()
      return { servedByUs: master.servedBy === 'us' }
    },
    listen: (port) => rehearsal.listen(port),
    close: async () => {
      await Promise.all([...masters.values()].map((master) => master.close()))
    },
  }
}

/** A rehearsal has only its load balancers' addresses, and needs their ports. Any other error is our own bug. */
function unreachable(url: string, error: Error & { code?: string }): Error {
  const taken = error.code === 'EADDRINUSE'
  if (!taken && !error.message.startsWith('no rehearsed load balancer')) return error
  return new Failure(
    'DCOS_UNREACHABLE',
    {
      message: `the rehearsed cluster cannot be served at ${url}`,
      cause: error.message,
      next: taken
        ? 'stop that program, then run the same command again'
        : "use a template whose output DnsAddress is its masters' load balancer, or set cluster.url to that",
    },
    error,
  )
}
