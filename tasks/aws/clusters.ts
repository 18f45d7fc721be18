import { ListBucketsCommand } from '@aws-sdk/client-s3'
import { Failure } from '../base/failure.ts'
import { clusterOfBucket, TAGS_AT_A_TIME, tagsOf } from './buckets.ts'
import type { Aws } from './clients.ts'
import { keyPairsOfClusters } from './key-pairs.ts'
import { enabledRegions } from './regions.ts'
import { s3 } from './s3.ts'
import { describeStacks, isOwnStack, type Stack } from './stack/stack.ts'

/** A cluster of ours, or what is left of one. */
export interface Cluster {
  name: string
  region: string
  /** Undefined when only the rest is there. */
  stack: Stack | undefined
  /** Ids of key pairs and names of buckets that carry its tag. */
  keyPairs: string[]
  buckets: string[]
}

/** What could not be looked for, and why. */
export interface Unsearched {
  region: string
  what: string
  error: Error
}

/** The stacks of clusters of ours in the client's region; one call unless the account has very many. */
export async function ownStacks(aws: Aws): Promise<Stack[]> {
  // A nested stack inherits its parent's tags, and has another name.
  return describeStacks(aws, (stack) => isOwnStack(stack, stack.name))
}

/**
 * Every cluster of ours in the client's region, by the tags of stacks, key pairs and buckets, in alphabetical order.
 * What may not be read, or is not answered, is reported.
 */
export async function findClusters(aws: Aws): Promise<{ clusters: Cluster[]; unsearched: Unsearched[] }> {
  const { region } = aws
  const unsearched: Unsearched[] = []
  const orNote = <Found>(what: string, asked: Promise<Found>): Promise<Found | undefined> =>
    asked.catch((error: Error & { $metadata?: unknown }) => {
      if (!(error instanceof Failure) && !error.$metadata) throw error
      unsearched.push({ region, what, error })
      return undefined
    })
  const [stacks, keyPairs, buckets] = await Promise.all([
    orNote('stacks', ownStacks(aws)),
    orNote('key pairs', keyPairsOfClusters(aws)),
    orNote('buckets', bucketsOfClusters(aws)),
  ])
  // Where stacks are not to be seen, nothing can be called a rest.
  if (!stacks) return { clusters: [], unsearched }
  const byName = new Map(stacks.map((stack) => [stack.name, stack]))
  const named = [...(keyPairs?.keys() ?? []), ...(buckets?.keys() ?? [])]
  const names = new Set([...byName.keys(), ...named])
  const clusters = [...names].sort().map((name) => ({
    name,
    region,
    stack: byName.get(name),
    keyPairs: (keyPairs?.get(name) ?? []).map(({ id }) => id),
    buckets: buckets?.get(name) ?? [],
  }))
  return { clusters, unsearched }
}

/**
 * How the names end that CloudFormation gives to buckets (twelve or thirteen letters and digits), and that we give to
 * those for templates: the tags of others are not asked for, as each costs a call.
 */
const GENERATED_NAME = /-([a-z0-9]{12,13}|templates-[0-9a-f]{16})$/

/** The buckets of this region that carry the tag of a cluster of ours, by the cluster. */
async function bucketsOfClusters(aws: Aws): Promise<Map<string, string[]>> {
  const candidates = await candidatesHere(aws)
  const found = new Map<string, string[]>()
  for (let at = 0; at < candidates.length; at += TAGS_AT_A_TIME) {
    const some = candidates.slice(at, at + TAGS_AT_A_TIME)
    const tags = await Promise.all(some.map((name) => tagsOf(aws, name)))
    for (const [index, name] of some.entries()) {
      const cluster = await clusterOfBucket(aws, name, tags[index])
      if (cluster !== undefined) found.set(cluster, [...(found.get(cluster) ?? []), name])
    }
  }
  return found
}

async function candidatesHere(aws: Aws): Promise<string[]> {
  const names: string[] = []
  let ContinuationToken: string | undefined
  do {
    const token = ContinuationToken ? { ContinuationToken } : {}
    const answer = await s3(aws).send(new ListBucketsCommand({ BucketRegion: aws.region, ...token }))
    for (const { BucketRegion, Name } of answer.Buckets ?? [])
      if (Name && GENERATED_NAME.test(Name) && (BucketRegion ?? aws.region) === aws.region) names.push(Name)
    ContinuationToken = answer.ContinuationToken
  } while (ContinuationToken)
  return names
}

/** The clusters of ours in any region of the account. */
export async function standingClusters(own: Aws): Promise<{ name: string; region: string }[]> {
  const regions = new Set([...(await enabledRegions(own)), own.region])
  const found = await Promise.all([...regions].map((region) => inRegion(own, region, ownStacks)))
  return found.flat().map(({ arn, name }) => ({ name, region: arn.split(':')[3] ?? own.region }))
}

/** Looks into a region with clients of its own, which are closed afterwards. */
export async function inRegion<Found>(
  own: Aws,
  region: string,
  look: (aws: Aws) => Promise<Found>,
): Promise<Found> {
  if (region === own.region) return look(own)
  const aws = own.elsewhere(region)
  try {
    return await look(aws)
  } finally {
    aws.close()
  }
}
