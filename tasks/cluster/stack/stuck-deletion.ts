import { blockersIn } from '../../aws/blockers.ts'
import { bucketsAmong } from '../../aws/buckets.ts'
import { diagnose, diagnosisCause } from '../../aws/stack/diagnosis.ts'
import { shownReason } from '../../aws/stack/reason.ts'
import { abandonResources, forceDeletion, type RemovalOptions, type Stuck } from '../../aws/stack/removal.ts'
import { listResources, NESTED_STACK, type Stack } from '../../aws/stack/stack.ts'
import { Failure } from '../../base/failure.ts'
import type { Use } from '../context.ts'

/**
 * For a stack that could not be deleted: shows what is in the way, and offers at a terminal to leave it behind or to have
 * CloudFormation force the deletion, which only a typed word allows. What is left behind may itself block others (a subnet its
 * VPC), so that is offered again. Throws STACK_DELETE_FAILED unless it removed the stack.
 */
export async function resolveStuck(use: Use, stuck: Stuck, options: RemovalOptions): Promise<void> {
  const retained: string[] = []
  for (let left = stuck; ; ) {
    const reasons = await explain(use, left)
    const ids = left.resources.map(idOf)
    const choice = ids.length > 0 ? await offer(use, left, reasons) : undefined
    if (choice === undefined) {
      use.report.left.push(left.stack.arn, ...new Set([...retained, ...ids]))
      throw notDeleted(left.stack, reasons)
    }
    if (choice === 'retain') retained.push(...ids, ...(await bucketsIn(use, left)))
    // What is forced is no longer wanted; buckets are removed separately afterwards.
    else retained.push(...left.resources.filter(({ type }) => type !== BUCKET).map(idOf))
    const next = await (choice === 'retain' ? abandonResources : forceDeletion)(use.aws, left, options)
    if (next === undefined) {
      use.report.deleted.push(left.stack.arn)
      use.report.retained.push(...(await survivors(use, left, retained)))
      return
    }
    left = next
  }
}

/** What the user chooses; undefined without a choice. */
async function offer(use: Use, stuck: Stuck, reasons: string[]): Promise<'retain' | 'force' | undefined> {
  if (!use.interactive) return undefined
  const { name, status } = stuck.stack
  use.log(`stack ${name} is ${status}; in the way:\n${reasons.map((line) => `  ${line}`).join('\n')}`)
  const question = 'Type retain to leave these behind, force to force the deletion, or Enter to stop: '
  const answer = (await use.ask(question))?.trim()
  return answer === 'retain' || answer === 'force' ? answer : undefined
}

const BUCKET = 'AWS::S3::Bucket'

function idOf({ logicalId, physicalId, type }: Stuck['resources'][number]): string {
  return type === BUCKET ? `s3://${physicalId}` : physicalId || logicalId
}

/** The buckets of the nested stacks that are stuck: leaving such a stack behind leaves them, too. */
async function bucketsIn(use: Use, stuck: Stuck): Promise<string[]> {
  const nested = stuck.resources.filter(({ physicalId, type }) => type === NESTED_STACK && physicalId)
  const held = await Promise.all(
    nested.map(({ physicalId }) => listResources(use.aws, physicalId).catch(() => [])),
  )
  return bucketsAmong(held.flat()).map((bucket) => `s3://${bucket}`)
}

/**
 * What outlives the stack. CloudFormation lists the resources of a deleted stack by its ARN; those that a forced deletion
 * skipped are among them. Buckets are handled separately.
 */
async function survivors(use: Use, { stack }: Stuck, chosen: string[]): Promise<Set<string>> {
  const listed = await listResources(use.aws, stack.arn).catch(() => [])
  const others = listed.filter(({ type }) => type !== BUCKET)
  return new Set([...chosen, ...others.map(({ physicalId }) => physicalId)])
}

function notDeleted({ name, reason, status }: Stack, reasons: string[]): Failure {
  return new Failure('STACK_DELETE_FAILED', {
    message: `stack ${name} could not be deleted (${status})`,
    cause: reasons.length > 0 ? reasons.join('\n') : (reason ?? 'CloudFormation gives no reason'),
    next: 'remove what is in the way, then npx task destroy (at a terminal it offers to leave it behind)',
  })
}

/** One line for each resource that could not be deleted, and what is in its VPC. */
async function explain(use: Use, stuck: Stuck): Promise<string[]> {
  const lines = await Promise.all(stuck.resources.map((resource) => whyStuck(use, resource)))
  if (!stuck.resources.some(({ type }) => type.startsWith('AWS::EC2::') || type === NESTED_STACK))
    return lines
  const standing = await listResources(use.aws, stuck.stack.arn).catch(() => [])
  const own = new Set(standing.map(({ physicalId }) => physicalId))
  for (const { physicalId: vpc } of standing.filter(({ type }) => type === 'AWS::EC2::VPC')) {
    const blockers = await blockersIn(use.aws, vpc, own).catch((error: Error) => [
      `(what is in ${vpc} cannot be listed: ${error.message})`,
    ])
    lines.push(...blockers.map((blocker) => `in ${vpc}: ${blocker}`))
  }
  return lines
}

/** For a nested stack, what in it could not be deleted: its own reason only says that something could not. */
async function whyStuck(use: Use, resource: Stuck['resources'][number]): Promise<string> {
  const { logicalId, physicalId, reason, type } = resource
  if (type === NESTED_STACK && physicalId) {
    const nested = { arn: physicalId, name: logicalId, status: 'DELETE_FAILED' }
    const found = await diagnose(use.aws, nested, [], use)
    if (found) return `${logicalId}/${diagnosisCause(found)}`
  }
  return `${logicalId} ${physicalId} (${type}): ${shownReason(reason)}`
}
