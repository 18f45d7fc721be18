import { realClock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import { askCli, type Environment } from './command.ts'

const LIST_DEADLINE = 30_000

/**
 * Has the CLI list which cluster is attached. dcoscli 0.6.1 takes neither a token nor a name when it sets a cluster up, so the
 * cluster is attached by the files that both CLIs read, and this proves that they were read. Throws DCOS_UNHEALTHY.
 */
export async function confirmAttached(
  cli: string,
  home: string,
  clusterId: string,
  { environment, signal }: { environment: Environment; signal: AbortSignal },
): Promise<void> {
  const words = ['cluster', 'list', '--attached', '--json']
  const answer = await askCli(cli, home, words, {
    clock: realClock,
    signal,
    environment,
    deadline: LIST_DEADLINE,
  })
  if (attachedId(answer.stdout) === clusterId) return
  throw new Failure('DCOS_UNHEALTHY', {
    message: 'the dcos CLI does not show the cluster as attached',
    cause:
      answer.stderr.trim().split('\n').at(-1)?.slice(0, 300) ||
      `its list lacks the cluster ${clusterId} (it leaves out IDs that are not version 4 UUIDs)`,
    next: 'use the built-in client: npx task cli-config cli.url=built-in',
  })
}

/** The attached cluster in the output of `cluster list --json`. */
export function attachedId(text: string): string | undefined {
  try {
    const clusters = JSON.parse(text) as { attached?: boolean; cluster_id?: string }[]
    return clusters.find((cluster) => cluster.attached)?.cluster_id
  } catch {
    return undefined
  }
}
