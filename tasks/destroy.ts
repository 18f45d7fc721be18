import { strayVolumes } from './aws/blockers.ts'
import { refusedByAws } from './aws/failures.ts'
import { introduce } from './aws/identity.ts'
import { keyPairsOfClusters } from './aws/key-pairs.ts'
import { isUnknownOperation } from './aws/reply.ts'
import { taggedAs } from './aws/tagged.ts'
import { asFailure, endOfQuestion, Failure } from './base/failure.ts'
import { type Inventory, idsOf } from './cluster/contents.ts'
import type { Use } from './cluster/context.ts'
import { HELD, takeInventory, worded } from './cluster/inventory.ts'
import { gapText, type PermissionGap } from './cluster/permission-gap.ts'
import { foreignStack } from './cluster/stack/ownership.ts'
import type { Help } from './runner/help/text.ts'
import type { Surveyed } from './runner/taskfile.ts'

/** What `npx task help destroy` says. */
export const help: Help = {
  checks: 'what exists of the cluster: only what carries its tag',
  runs: "lists what will be deleted, asks for the cluster's name, deletes the stack, the buckets and the key pairs, and checks whether anything is left. A generated private key is deleted with the last key pair that uses it",
  undo: 'none: what is deleted is gone',
  keys: ['cloud', 'region', 'cluster.name', 'aws', 'rehearsal'],
  options: {
    'dry-run': 'list what would be deleted',
    yes: 'delete without asking; also turns off termination protection',
  },
  exit: '0 nothing is left, or nothing existed; 1 something is left, or this could not be verified; 2 the command line or the config is wrong; 130 interrupted',
  examples: ['destroy', 'destroy --yes cluster.name=dcos-test', 'destroy --dry-run'],
}

/** Lists what is going to be deleted, and asks for the cluster's name unless `--yes`. */
export async function confirm(use: Use): Promise<Confirmed> {
  const { name } = use.config.cluster
  // One request returns those of all clusters: if this one has nothing, the others are listed.
  const keyPairs = keyPairsOfClusters(use.aws)
  const seen = await takeInventory(
    use,
    keyPairs.then((all) => all.get(name) ?? []),
  )
  for (const unseen of seen.unseen) use.log(gapText(unseen))
  if (seen.foreign && idsOf(seen).length === 0) throw foreignStack(use.aws.region, seen.foreign)
  if (seen.foreign) use.log(`stack ${name} was not created by dcos-bootstrap and is left alone`)
  if (idsOf(seen).length === 0) {
    const [said, rest] = await Promise.all([
      whatElse(use, seen, [...(await keyPairs).keys()].sort()),
      lookForRest(use),
    ])
    use.log(said)
    use.seen.inventory = seen
    return { ...seen, rest }
  }
  const lines = Object.values(await worded(use, seen, !use.yes)).flatMap((things) =>
    things.map(({ text }) => `  ${text}`),
  )
  use.log(`to be deleted in ${use.config.cloud} ${use.aws.region}:\n${lines.join('\n')}`)
  if (use.yes) {
    use.seen.inventory = seen
    return seen
  }
  const protection = seen.stack?.terminationProtection
    ? 'Its termination protection will be turned off. '
    : ''
  const question = `Everything above will be deleted. ${protection}Type the cluster's name to continue: `
  const answer = await askForName(use, name, question).catch((thrown) => {
    throw endOfQuestion(thrown, use.signal, SPARED)
  })
  if (answer === name) return seen
  if (answer !== undefined) {
    const next = 'npx task destroy asks for the name again'
    throw new Failure('CONFIRMATION_NEEDED', { message: `you said no; ${SPARED}`, next, declined: true })
  }
  throw new Failure('CONFIRMATION_NEEDED', {
    message: `the deletion of cluster ${name} was not confirmed`,
    cause: 'there is no terminal to ask on',
    next: 'to delete without being asked: npx task destroy --yes',
  })
}

const SPARED = 'nothing was deleted'

/** Asks until the name matches; empty input declines. */
async function askForName(use: Use, name: string, question: string): Promise<string | undefined> {
  for (let asked = question; ; ) {
    const answer = (await use.ask(asked))?.trim()
    if (!answer || answer === name) return answer
    asked = `That is not ${name}. Type the cluster's name to delete it, or press Enter to keep it: `
  }
}

/** How many other clusters are listed. */
const NAMED = 10

/** Where was searched, and what exists instead: the name, the region or the account may be wrong. */
async function whatElse(use: Use, { unseen }: Inventory, names: string[]): Promise<string> {
  const { cloud, cluster } = use.config
  const { identity } = await introduce(use.aws)
  const account = await identity.then(
    (who) => `account ${who.account}`,
    () => 'an unknown account',
  )
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : ''
  const instead =
    names.length > 0
      ? `there is ${names.slice(0, NAMED).join(', ')}${more}`
      : 'there is no cluster created by dcos-bootstrap'
  const nothing = unseen.length > 0 ? 'was found' : 'is left'
  return `no stack, bucket or key pair of cluster ${cluster.name} ${nothing} in ${cloud} ${use.aws.region} of ${account}; ${instead} (npx task clusters all searches every region)`
}

/** What there is to delete, by the task that undoes it. Throws if nothing can be looked up at all. */
export async function survey(use: Use): Promise<Surveyed> {
  const seen = await takeInventory(use)
  if (seen.foreign && idsOf(seen).length === 0) throw foreignStack(use.aws.region, seen.foreign)
  const found = await worded(use, seen, true)
  return seen.unseen.length > 0 ? { found, doubt: unproven(use, seen.unseen) } : { found }
}

/** Leftovers that are not the stack, a bucket or a key pair; they are only reported. */
interface Rest {
  volumes: string[]
  /** ARNs of everything that carries the cluster's tag. */
  tagged: string[]
  unseen: PermissionGap[]
}

/** What existed before anything was deleted. If that was nothing, it includes the final search. */
type Confirmed = Inventory & { rest?: Rest }

/** Searches again for everything that carries the cluster's tag: a destroy is done when nothing is left. */
export async function prove(use: Use, before: Confirmed): Promise<void> {
  const { name } = use.config.cluster
  const [seen, rest] = before.rest
    ? [before, before.rest]
    : await Promise.all([takeInventory(use), lookForRest(use)])
  if (rest.volumes.length > 0) {
    use.report.retained.push(...rest.volumes)
    use.log(`volumes created by the cluster's agents are kept, with their data: ${rest.volumes.join(', ')}`)
  }
  const { deleted, left, retained } = use.report
  const found = idsOf(seen).filter((id) => !retained.includes(id))
  if (found.length > 0) {
    left.push(...found.filter((id) => !left.includes(id)))
    // Even if AWS confirmed the deletion.
    use.report.deleted = deleted.filter((id) => !left.includes(id))
    throw new Failure('STACK_DELETE_FAILED', {
      message: `cluster ${name} is not gone: ${found.length} ${found.length === 1 ? 'thing is' : 'things are'} left`,
      cause: found.join(', '),
      next: 'run npx task destroy again',
    })
  }
  reportTagged(use, before, rest.tagged)
  // The resources of a stack can no longer be listed once it is gone.
  const held = before.unseen.filter(({ what }) => what === HELD)
  const unseen = [...rest.unseen, ...held, ...seen.unseen]
  if (unseen.length > 0) throw unproven(use, unseen)
}

/** Two concurrent searches. */
async function lookForRest(use: Use): Promise<Rest> {
  const { name } = use.config.cluster
  const unseen: PermissionGap[] = []
  const orNote = (what: string, looking: Promise<string[]>) =>
    orUnknown(use, what, looking, (one) => unseen.push(one))
  const [volumes, tagged] = await Promise.all([
    orNote("volumes created by the cluster's agents", strayVolumes(use.aws, name)),
    orNote("other resources with the cluster's tag", taggedAs(use.aws, name)),
  ])
  return { volumes, tagged, unseen }
}

/**
 * The result of one search; a failure is noted, and the others continue. An emulator that does not know the
 * operation has no such resources either, so that is only logged.
 */
async function orUnknown(
  use: Use,
  what: string,
  looking: Promise<string[]>,
  note: (unseen: PermissionGap) => void,
): Promise<string[]> {
  try {
    return await looking
  } catch (error) {
    if (isUnknownOperation(error)) use.log(`${use.config.aws.endpoint ?? 'AWS'} cannot list ${what}`)
    else
      note({
        what,
        failure: asFailure(refusedByAws(error, (error as Error).message, 'see the reason above')),
      })
    return []
  }
}

/**
 * Lists everything else that carries the cluster's tag: leftovers of an earlier destroy, or things tagged by hand. They are
 * only reported: AWS's tag index lags, and a tag alone does not make a resource ours to delete.
 */
function reportTagged(use: Use, before: Inventory, tagged: string[]): void {
  const { deleted, retained } = use.report
  const known = new Set([...before.resources.map(({ physicalId }) => physicalId), ...deleted, ...retained])
  const others = tagged.filter((arn) => !namesOf(arn).some((name) => known.has(name)))
  if (others.length > 0) {
    retained.push(...others)
    use.log(
      `these still carry the tag of cluster ${use.config.cluster.name} and are left alone (deleted ones may be listed for up to an hour):\n${others.map((arn) => `  ${arn}`).join('\n')}`,
    )
  }
}

/** The names a resource may be known by: its ARN, or the id or name at its end. */
function namesOf(arn: string): string[] {
  const name = arn.split(/[:/]/).at(-1)!
  return [arn, name, `s3://${name}`]
}

/** What could be searched for is gone; what could not be searched for may still exist. */
function unproven(use: Use, unseen: PermissionGap[]): Failure {
  const { name } = use.config.cluster
  use.report.unknown.push(...unseen.map(({ what }) => what))
  return new Failure(unseen[0]!.failure.code, {
    message: `cannot verify that nothing is left of cluster ${name}`,
    cause: unseen.map(gapText).join('; '),
    next: `${unseen[0]!.failure.next ?? 'ask for that permission'}, then run npx task destroy again`,
  })
}
