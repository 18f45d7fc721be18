import { strayVolumes } from './aws/blockers.ts'
import { refusedByAws } from './aws/failures.ts'
import { introduce } from './aws/identity.ts'
import { keyPairsOfClusters } from './aws/key-pairs.ts'
import { isUnknownOperation } from './aws/reply.ts'
import { taggedAs } from './aws/tagged.ts'
import { asFailure, Failure, failureOf, interruptedAt } from './base/failure.ts'
import { type Inventory, idsOf } from './cluster/contents.ts'
import type { Use } from './cluster/context.ts'
import { HELD, takeInventory, worded } from './cluster/inventory.ts'
import { gapText, type PermissionGap } from './cluster/permission-gap.ts'
import { foreignStack } from './cluster/stack/ownership.ts'
import type { Help } from './runner/help/text.ts'
import type { Surveyed } from './runner/taskfile.ts'

/** What `npx task help destroy` says. */
export const help: Help = {
  checks: 'what there is of the cluster: what carries its tag, and nothing else',
  runs: "lists what will be deleted, asks for the cluster's name, deletes the stack, the buckets and the key pairs, and looks whether anything is left. A generated private key goes with the last key pair that held it",
  undo: 'there is none: what is deleted is gone',
  keys: ['cloud', 'region', 'cluster.name', 'aws', 'rehearsal'],
  options: {
    'dry-run': 'list what would be deleted',
    yes: 'no question; takes termination protection off, too',
  },
  exit: '0 nothing is left, also where nothing was; 1 something is left, or that could not be proven; 2 the command line or the config is wrong; 130 interrupted',
  examples: ['destroy', 'destroy --yes cluster.name=dcos-test', 'destroy --dry-run'],
}

/** Says what is going to be deleted, and asks for the cluster's name unless `--yes`. */
export async function confirm(use: Use): Promise<Confirmed> {
  const { name } = use.config.cluster
  // Those of all clusters in one answer: where there is nothing, the others are named.
  const keyPairs = keyPairsOfClusters(use.aws)
  const seen = await takeInventory(
    use,
    keyPairs.then((all) => all.get(name) ?? []),
  )
  for (const unseen of seen.unseen) use.log(gapText(unseen))
  if (seen.foreign && idsOf(seen).length === 0) throw foreignStack(use.aws.region, seen.foreign)
  if (seen.foreign) use.log(`stack ${name} is not ours and stays as it is`)
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
    ? 'Its termination protection, which somebody has turned on, is taken off. '
    : ''
  const question = `Cluster ${name} and everything above will be deleted. ${protection}Type its name to go on: `
  const answer = await askForName(use, name, question).catch((thrown) => {
    throw use.signal.aborted ? interruptedAt(failureOf(thrown, use.signal), SPARED) : thrown
  })
  if (answer === name) return seen
  if (answer !== undefined) {
    const next = 'npx task destroy asks for the name again'
    throw new Failure('CONFIRMATION_NEEDED', { message: `you said no; ${SPARED}`, next, declined: true })
  }
  throw new Failure('CONFIRMATION_NEEDED', {
    message: `nobody confirmed that cluster ${name} is to be deleted`,
    cause: 'there is no terminal to ask at',
    next: 'to delete without a question: npx task destroy --yes',
  })
}

const SPARED = 'nothing was deleted'

/** The name as it is typed; one that is another is asked for again, nothing at all is a no. */
async function askForName(use: Use, name: string, question: string): Promise<string | undefined> {
  for (let asked = question; ; ) {
    const answer = (await use.ask(asked))?.trim()
    if (!answer || answer === name) return answer
    asked = `That is not ${name}. Type the name of the cluster to delete it, or nothing to leave it: `
  }
}

/** So many other clusters are named. */
const NAMED = 10

/** Where was searched, and what there is instead: the name, the region or the account may be a slip. */
async function whatElse(use: Use, { unseen }: Inventory, names: string[]): Promise<string> {
  const { cloud, cluster } = use.config
  const { identity } = await introduce(use.aws)
  const account = await identity.then(
    (who) => `account ${who.account}`,
    () => 'an account that does not say which',
  )
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : ''
  const instead =
    names.length > 0
      ? `there is ${names.slice(0, NAMED).join(', ')}${more}`
      : 'there is no cluster made by dcos-bootstrap'
  const nothing = unseen.length > 0 ? 'was found' : 'is left'
  return `no stack, bucket or key pair of cluster ${cluster.name} ${nothing} in ${cloud} ${use.aws.region} of ${account}; ${instead} (npx task clusters all looks everywhere)`
}

/** What there is to delete, by the task that undoes it. Throws where that cannot be seen at all. */
export async function survey(use: Use): Promise<Surveyed> {
  const seen = await takeInventory(use)
  if (seen.foreign && idsOf(seen).length === 0) throw foreignStack(use.aws.region, seen.foreign)
  const found = await worded(use, seen, true)
  return seen.unseen.length > 0 ? { found, doubt: unproven(use, seen.unseen) } : { found }
}

/** What outlives a cluster without being its stack, bucket or key pair; it is only reported. */
interface Rest {
  volumes: string[]
  /** ARNs of whatever carries the cluster's tag. */
  tagged: string[]
  unseen: PermissionGap[]
}

/** What was there before anything was deleted. Where that was nothing, the proof is in it. */
type Confirmed = Inventory & { rest?: Rest }

/** Looks again for everything that carries the cluster's tag: a destroy is done when nothing is left. */
export async function prove(use: Use, before: Confirmed): Promise<void> {
  const { name } = use.config.cluster
  const [seen, rest] = before.rest
    ? [before, before.rest]
    : await Promise.all([takeInventory(use), lookForRest(use)])
  if (rest.volumes.length > 0) {
    use.report.retained.push(...rest.volumes)
    use.log(`volumes that the cluster's agents made stay, with their data: ${rest.volumes.join(', ')}`)
  }
  const { deleted, left, retained } = use.report
  const found = idsOf(seen).filter((id) => !retained.includes(id))
  if (found.length > 0) {
    left.push(...found.filter((id) => !left.includes(id)))
    // Whatever was answered to its deletion.
    use.report.deleted = deleted.filter((id) => !left.includes(id))
    throw new Failure('STACK_DELETE_FAILED', {
      message: `cluster ${name} is not gone: ${found.length} ${found.length === 1 ? 'thing is' : 'things are'} left`,
      cause: found.join(', '),
      next: 'npx task destroy again',
    })
  }
  tellTagged(use, before, rest.tagged)
  // What a stack held is not to be seen any more when it is gone.
  const held = before.unseen.filter(({ what }) => what === HELD)
  const unseen = [...rest.unseen, ...held, ...seen.unseen]
  if (unseen.length > 0) throw unproven(use, unseen)
}

/** Two searches, side by side. */
async function lookForRest(use: Use): Promise<Rest> {
  const { name } = use.config.cluster
  const unseen: PermissionGap[] = []
  const orNote = (what: string, looking: Promise<string[]>) =>
    orUnknown(use, what, looking, (one) => unseen.push(one))
  const [volumes, tagged] = await Promise.all([
    orNote("volumes that the cluster's agents made", strayVolumes(use.aws, name)),
    orNote("what else carries the cluster's tag", taggedAs(use.aws, name)),
  ])
  return { volumes, tagged, unseen }
}

/**
 * What a search of the proof finds; one that fails is noted, and the others go on. An emulator that does not know the
 * operation has nothing of that kind either: that is only reported.
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
    if (isUnknownOperation(error)) use.log(`${use.config.aws.endpoint ?? 'AWS'} cannot be asked for ${what}`)
    else
      note({
        what,
        failure: asFailure(refusedByAws(error, (error as Error).message, 'see the reason above')),
      })
    return []
  }
}

/**
 * Names whatever else carries the cluster's tag: what an earlier destroy left behind, what somebody tagged by hand. It is
 * only reported, as AWS's index of tags is late, and as a tag alone does not make a thing ours to delete.
 */
function tellTagged(use: Use, before: Inventory, tagged: string[]): void {
  const { deleted, retained } = use.report
  const known = new Set([...before.resources.map(({ physicalId }) => physicalId), ...deleted, ...retained])
  const others = tagged.filter((arn) => !namesOf(arn).some((name) => known.has(name)))
  if (others.length > 0) {
    retained.push(...others)
    use.log(
      `the tag of cluster ${use.config.cluster.name} is still on these, which stay as they are (just deleted ones may be named for an hour):\n${others.map((arn) => `  ${arn}`).join('\n')}`,
    )
  }
}

/** By what a resource may be known: its ARN, or the id or name at the end of it. */
function namesOf(arn: string): string[] {
  const name = arn.split(/[:/]/).at(-1)!
  return [arn, name, `s3://${name}`]
}

/** What was looked for is gone; what could not be looked for may be there. */
function unproven(use: Use, unseen: PermissionGap[]): Failure {
  const { name } = use.config.cluster
  use.report.unknown.push(...unseen.map(({ what }) => what))
  return new Failure(unseen[0]!.failure.code, {
    message: `whether anything is left of cluster ${name} cannot be proven`,
    cause: unseen.map(gapText).join('; '),
    next: `${unseen[0]!.failure.next ?? 'ask for that permission'}, then run npx task destroy again`,
  })
}
