import { blockersIn } from './aws/blockers.ts'
import { abandonResources, forceDeletion, type RemovalOptions, type Stuck } from './aws/stack/removal.ts'
import type { Use } from './context.ts'
import { Failure } from './runner/failure.ts'

/**
 * A stack that could not be deleted: says what is in the way, and offers at a terminal to leave it behind or to have
 * CloudFormation force it, which only a typed word allows. Throws STACK_DELETE_FAILED unless that removed the stack.
 */
export async function resolveStuck(use: Use, stuck: Stuck, options: RemovalOptions): Promise<void> {
  const reasons = await explain(use, stuck)
  const { name, status } = stuck.stack
  const ids = stuck.resources.map((resource) => resource.physicalId || resource.logicalId)
  if (use.interactive && ids.length > 0) {
    use.log(`stack ${name} is ${status}; in the way:\n${reasons.map((line) => `  ${line}`).join('\n')}`)
    const answer = (
      await use.ask(
        'Type retain to leave these behind, force to have CloudFormation force it, or Enter to stop: ',
      )
    )?.trim()
    const left = await resolution(use, stuck, options, answer)
    if (left === undefined) {
      use.report.deleted.push(stuck.stack.arn)
      use.report.retained.push(...ids)
      return
    }
  }
  use.report.left.push(stuck.stack.arn, ...ids)
  throw new Failure('STACK_DELETE_FAILED', {
    message: `stack ${name} could not be deleted (${status})`,
    cause: reasons.length > 0 ? reasons.join('\n') : (stuck.stack.reason ?? 'CloudFormation gives no reason'),
    next: 'remove what is in the way, then npx task destroy again (at a terminal it offers to leave it behind)',
  })
}

async function resolution(
  use: Use,
  stuck: Stuck,
  options: RemovalOptions,
  answer: string | undefined,
): Promise<Stuck | undefined> {
  if (answer === 'retain') return abandonResources(use.aws, stuck, options)
  if (answer === 'force') return forceDeletion(use.aws, stuck, options)
  return stuck
}

/** One line for each resource that would not go, and what stands in its VPC. */
async function explain(use: Use, stuck: Stuck): Promise<string[]> {
  const lines = stuck.resources.map(
    ({ logicalId, physicalId, reason, type }) => `${logicalId} ${physicalId} (${type}): ${reason}`,
  )
  const vpc = stuck.made.find(({ type }) => type === 'AWS::EC2::VPC')?.physicalId
  if (!vpc || !stuck.resources.some(({ type }) => type.startsWith('AWS::EC2::'))) return lines
  const own = new Set(stuck.made.map(({ physicalId }) => physicalId))
  const blockers = await blockersIn(use.aws, vpc, own).catch((error: Error) => [
    `(what stands in ${vpc} cannot be listed: ${error.message})`,
  ])
  return [...lines, ...blockers.map((blocker) => `in ${vpc}: ${blocker}`)]
}
