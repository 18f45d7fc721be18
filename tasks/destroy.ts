import { strayVolumes } from './aws/blockers.ts'
import { ownStacks } from './aws/clusters.ts'
import { refusedByAws } from './aws/failures.ts'
import { introduce } from './aws/identity.ts'
import { isUnknownOperation } from './aws/reply.ts'
import type { Stack } from './aws/stack/stack.ts'
import { taggedAs } from './aws/tagged.ts'
import { asFailure, Failure } from './base/failure.ts'
import type { Use } from './cluster/context.ts'
import { HELD, type Inventory, idsOf, takeInventory, worded } from './cluster/inventory.ts'
import { gapText, type PermissionGap } from './cluster/permission-gap.ts'
import { foreignStack } from './cluster/stack/ownership.ts'
import type { Surveyed } from './runner/taskfile.ts'

/** Says what is going to be deleted, and asks for the cluster's name unless `--yes`. */
export async function confirm(use: Use): Promise<Inventory> {
  const seen = await takeInventory(use)
  const { name } = use.config.cluster
  for (const unseen of seen.unseen) use.log(gapText(unseen))
  if (seen.foreign && idsOf(seen).length === 0) throw foreignStack(use.aws.region, seen.foreign)
  if (seen.foreign) use.log(`stack ${name} is not ours and stays as it is`)
  if (idsOf(seen).length === 0) {
    use.log(await whatElse(use, seen))
    return seen
  }
  const lines = Object.values(await worded(use, seen)).flatMap((things) =>
    things.map(({ text }) => `  ${text}`),
  )
  use.log(`to be deleted in ${use.config.cloud} ${use.aws.region}:\n${lines.join('\n')}`)
  if (use.yes) return seen
  const protection = seen.stack?.terminationProtection
    ? 'Its termination protection, which somebody has turned on, is taken off. '
    : ''
  const question = `Cluster ${name} and everything above will be deleted. ${protection}Type its name to go on: `
  const answer = await askForName(use, name, question)
  if (answer === name) return seen
  throw new Failure('CONFIRMATION_NEEDED', {
    message:
      answer === undefined
        ? `nobody confirmed that cluster ${name} is to be deleted`
        : 'you said no; nothing was deleted',
    ...(answer === undefined ? { cause: 'there is no terminal to ask at' } : {}),
    next:
      answer === undefined
        ? 'to delete without a question: npx task destroy --yes'
        : 'npx task destroy asks for the name again',
  })
}

/** The name as it is typed; one that is another is asked for again, nothing at all is a no. */
async function askForName(use: Use, name: string, question: string): Promise<string | undefined> {
  for (let asked = question; ; ) {
    const answer = (await use.ask(asked))?.trim()
    if (!answer || answer === name) return answer
    asked = `That is not ${name}. Type the name of the cluster to delete it, or nothing to leave it: `
  }
}

/** Where was searched, and what there is instead: the name, the region or the account may be a slip. */
async function whatElse(use: Use, { unseen }: Inventory): Promise<string> {
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
  const instead =
    names.length > 0 ? `there is ${names.join(', ')}` : 'there is no cluster made by dcos-bootstrap'
  const nothing = unseen.length > 0 ? 'was found' : 'is left'
  return `no stack, bucket or key pair of cluster ${cluster.name} ${nothing} in ${cloud} ${use.aws.region} of ${account}; ${instead} (npx task clusters all looks everywhere)`
}

/** What there is to delete, by the task that undoes it. Throws where that cannot be seen at all. */
export async function survey(use: Use): Promise<Surveyed> {
  const seen = await takeInventory(use)
  const found = await worded(use, seen)
  return seen.unseen.length > 0 ? { found, doubt: unproven(use, seen.unseen) } : { found }
}

/** Looks again for everything that carries the cluster's tag: a destroy is done when nothing is left. */
export async function prove(use: Use, before: Inventory): Promise<void> {
  const { name } = use.config.cluster
  const unseen: PermissionGap[] = []
  const orNote = (what: string, looking: Promise<string[]>) =>
    orUnknown(use, what, looking, (one) => unseen.push(one))
  const [seen, volumes] = await Promise.all([
    takeInventory(use),
    orNote("volumes that the cluster's agents made", strayVolumes(use.aws, name)),
  ])
  if (volumes.length > 0) {
    use.report.retained.push(...volumes)
    use.log(`volumes that the cluster's agents made stay, with their data: ${volumes.join(', ')}`)
  }
  const { left, retained } = use.report
  const found = idsOf(seen).filter((id) => !retained.includes(id))
  if (found.length > 0) {
    left.push(...found.filter((id) => !left.includes(id)))
    throw new Failure('STACK_DELETE_FAILED', {
      message: `cluster ${name} is not gone: ${found.length} ${found.length === 1 ? 'thing is' : 'things are'} left`,
      cause: found.join(', '),
      next: 'npx task destroy again',
    })
  }
  await tellTagged(use, before, orNote)
  // What a stack held is not to be seen any more when it is gone.
  const held = before.unseen.filter(({ what }) => what === HELD)
  unseen.push(...held, ...seen.unseen)
  if (unseen.length > 0) throw unproven(use, unseen)
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
async function tellTagged(
  use: Use,
  before: Inventory,
  orNote: (what: string, looking: Promise<string[]>) => Promise<string[]>,
): Promise<void> {
  const { deleted, retained } = use.report
  const known = new Set([...before.resources.map(({ physicalId }) => physicalId), ...deleted, ...retained])
  const tagged = await orNote(
    "what else carries the cluster's tag",
    taggedAs(use.aws, use.config.cluster.name),
  )
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
