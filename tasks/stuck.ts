import { blockersIn } from './aws/blockers.ts'
import { diagnose, diagnosisCause } from './aws/stack/diagnosis.ts'
import { shownReason } from './aws/stack/reason.ts'
import { abandonResources, forceDeletion, type RemovalOptions, type Stuck } from './aws/stack/removal.ts'
import { listResources, NESTED_STACK, type Stack } from './aws/stack/stack.ts'
import type { Use } from './context.ts'
import { Failure } from './runner/failure.ts'

/**
 * A stack that could not be deleted: says what is in the way, and offers at a terminal to leave it behind or to have
 * CloudFormation force it, which only a typed word allows. What is left behind may itself keep others (a subnet its
 * VPC), so that is offered again. Throws STACK_DELETE_FAILED unless it removed the stack.
 */
export async function resolveStuck(use: Use, stuck: Stuck, options: RemovalOptions): Promise<void> {
  const retained: string[] = []
  for (let left = stuck; ; ) {
    const reasons = await explain(use, left)
    const ids = left.resources.map((resource) => resource.physicalId || resource.logicalId)
    const next = ids.length > 0 ? await offer(use, left, reasons, options) : left
    if (next !== left) retained.push(...ids)
    if (next === undefined) {
      use.report.deleted.push(left.stack.arn)
      use.report.retained.push(...(await survivors(use, left, retained)))
      return
    }
    if (next === left) {
      use.report.left.push(left.stack.arn, ...retained, ...ids)
      throw notDeleted(left.stack, reasons)
    }
    left = next
  }
}

/** What is stuck after what the user chose: nothing, something else, or the same where nobody chose. */
async function offer(
  use: Use,
  stuck: Stuck,
  reasons: string[],
  options: RemovalOptions,
): Promise<Stuck | undefined> {
  if (!use.interactive) return stuck
  const { name, status } = stuck.stack
  use.log(`stack ${name} is ${status}; in the way:\n${reasons.map((line) => `  ${line}`).join('\n')}`)
  const question =
    'Type retain to leave these behind, force to have CloudFormation force it, or Enter to stop: '
  const answer = (await use.ask(question))?.trim()
  if (answer === 'retain') return abandonResources(use.aws, stuck, options)
  if (answer === 'force') return forceDeletion(use.aws, stuck, options)
  return stuck
}

/**
 * What outlives the stack. CloudFormation lists the resources of a deleted stack by its ARN; those that a forced deletion
 * skipped are among them. Buckets are looked after by themselves.
 */
async function survivors(use: Use, { stack }: Stuck, chosen: string[]): Promise<Set<string>> {
  const listed = await listResources(use.aws, stack.arn).catch(() => [])
  const others = listed.filter(({ type }) => type !== 'AWS::S3::Bucket')
  return new Set([...chosen, ...others.map(({ physicalId }) => physicalId)])
}

function notDeleted({ name, reason, status }: Stack, reasons: string[]): Failure {
  return new Failure('STACK_DELETE_FAILED', {
    message: `stack ${name} could not be deleted (${status})`,
    cause: reasons.length > 0 ? reasons.join('\n') : (reason ?? 'CloudFormation gives no reason'),
    next: 'remove what is in the way, then npx task destroy again (at a terminal it offers to leave it behind)',
  })
}

/** One line for each resource that would not go, and what stands in its VPC. */
async function explain(use: Use, stuck: Stuck): Promise<string[]> {
  const lines = await Promise.all(stuck.resources.map((resource) => whyStuck(use, resource)))
  if (!stuck.resources.some(({ type }) => type.startsWith('AWS::EC2::') || type === NESTED_STACK))
    return lines
  const standing = await listResources(use.aws, stuck.stack.arn).catch(() => [])
  const own = new Set(standing.map(({ physicalId }) => physicalId))
  for (const { physicalId: vpc } of standing.filter(({ type }) => type === 'AWS::EC2::VPC')) {
    const blockers = await blockersIn(use.aws, vpc, own).catch((error: Error) => [
      `(what stands in ${vpc} cannot be listed: ${error.message})`,
    ])
    lines.push(...blockers.map((blocker) => `in ${vpc}: ${blocker}`))
  }
  return lines
}

/** Of a nested stack, what in it would not go: of itself it only says that something did not. */
async function whyStuck(use: Use, resource: Stuck['resources'][number]): Promise<string> {
  const { logicalId, physicalId, reason, type } = resource
  if (type === NESTED_STACK && physicalId) {
    const nested = { arn: physicalId, name: logicalId, status: 'DELETE_FAILED' }
    const found = await diagnose(use.aws, nested, [], use)
    if (found) return `${logicalId}/${diagnosisCause(found)}`
  }
  return `${logicalId} ${physicalId} (${type}): ${shownReason(reason)}`
}
