import { strayVolumes } from './aws/blockers.ts'
import { bucketsAmong, ownBuckets } from './aws/buckets.ts'
import { ownStacks } from './aws/clusters.ts'
import { introduce } from './aws/identity.ts'
import { ownKeyPairs } from './aws/key-pairs.ts'
import {
  describeStack,
  isOwnStack,
  listResources,
  type Stack,
  type StackResource,
} from './aws/stack/stack.ts'
import type { Use } from './context.ts'
import { Failure } from './runner/failure.ts'

/** Says what is going to be deleted, and asks for the cluster's name unless `--yes`. */
export async function confirm(use: Use): Promise<void> {
  const { found, resources } = await survey(use)
  const { name } = use.config.cluster
  const where = `${use.config.cloud} ${use.aws.region}`
  if (found.length === 0) {
    use.log(await whatElse(use))
    return
  }
  const lines = found.map(
    (id) =>
      `  ${id}${id.startsWith('arn:') && resources.length > 0 ? ` (${resources.length} resources)` : ''}`,
  )
  use.log(`to be deleted in ${where}:\n${lines.join('\n')}`)
  if (use.yes) return
  const question = `Cluster ${name} and everything above will be deleted. Type its name to go on: `
  const answer = await use.ask(question)
  if (answer?.trim() === name) return
  throw new Failure('CONFIRMATION_NEEDED', {
    message:
      answer === undefined
        ? `nobody confirmed that cluster ${name} is to be deleted`
        : `that is not ${name}: nothing was deleted`,
    ...(answer === undefined ? { cause: 'there is no terminal to ask at' } : {}),
    next: 'npx task destroy --yes deletes without asking',
  })
}

/** Where was searched, and what there is instead: the name, the region or the account may be a slip. */
async function whatElse(use: Use): Promise<string> {
  const { cloud, cluster } = use.config
  const [{ identity }, others] = await Promise.all([
    introduce(use.aws),
    ownStacks(use.aws).catch((): Stack[] => []),
  ])
  const account = await identity.then(
    (who) => `account ${who.account}`,
    () => 'an account that does not say which',
  )
  const names = others.map((stack) => stack.name).sort()
  const instead = names.length > 0 ? `there is ${names.join(', ')}` : 'no cluster of ours is there'
  return `nothing of cluster ${cluster.name} is left in ${cloud} ${use.aws.region} of ${account}; ${instead} (npx task clusters all looks everywhere)`
}

/** Looks again for everything that carries the cluster's tag: a destroy is done when nothing is left. */
export async function prove(use: Use): Promise<void> {
  const [{ found }, volumes] = await Promise.all([
    survey(use),
    strayVolumes(use.aws, use.config.cluster.name).catch(() => []),
  ])
  if (volumes.length > 0) {
    use.report.retained.push(...volumes)
    use.log(`volumes that the cluster's agents made stay, with their data: ${volumes.join(', ')}`)
  }
  if (found.length === 0) return
  use.report.left.push(...found.filter((thing) => !use.report.left.includes(thing)))
  throw new Failure('STACK_DELETE_FAILED', {
    message: `cluster ${use.config.cluster.name} is not gone: ${found.length} ${found.length === 1 ? 'thing is' : 'things are'} left`,
    cause: found.join(', '),
    next: 'npx task destroy again',
  })
}

/** The ids of everything there is of this cluster, and what its stack holds. Three looks, side by side. */
async function survey(use: Use): Promise<{ found: string[]; resources: StackResource[] }> {
  const { name } = use.config.cluster
  const [{ stack, resources }, pairs, tagged] = await Promise.all([
    lookIntoStack(use),
    ownKeyPairs(use.aws, name),
    ownBuckets(use.aws, name),
  ])
  const buckets = new Set([...bucketsAmong(resources), ...tagged])
  const found = [
    ...(stack ? [stack.arn] : []),
    ...[...buckets].map((bucket) => `s3://${bucket}`),
    ...pairs.map((pair) => pair.id),
  ]
  return { found, resources }
}

/** The stack if it is ours, with its resources where they are to be had. */
async function lookIntoStack(use: Use): Promise<{ stack: Stack | undefined; resources: StackResource[] }> {
  const { name } = use.config.cluster
  const stack = await describeStack(use.aws, name)
  if (stack && isOwnStack(stack, name))
    return { stack, resources: await listResources(use.aws, stack.arn).catch(() => []) }
  if (stack) use.log(`stack ${name} is not ours and stays as it is`)
  return { stack: undefined, resources: [] }
}
