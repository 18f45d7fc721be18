import { ownBuckets, removeBucket } from './aws/buckets.ts'
import { refusedByAws } from './aws/failures.ts'
import { causeText, findCause } from './aws/stack/cause.ts'
import { createStack, type Desired, deleteStack, updateStack } from './aws/stack/change.ts'
import { type Followed, followStack } from './aws/stack/follow.ts'
import { StackProgress } from './aws/stack/progress.ts'
import { describeStack, isOwnStack, type Stack } from './aws/stack/stack.ts'
import { entryOf, isTerminal } from './aws/stack/status.ts'
import type { Use } from './context.ts'
import { differences, differenceText } from './differences.ts'
import { findOwnAddress } from './own-address.ts'
import { Failure } from './runner/failure.ts'
import { type Check, done, refuse, todo } from './runner/task.ts'
import { settle, type Wanted } from './wanted.ts'

export interface StackValue {
  name: string
  arn: string
  status: string
  parameters: Record<string, string>
  outputs: Record<string, string>
}

/** Done when the stack stands as the config wants it, or is on its way there; `wait` follows it to the end. */
export async function check(use: Use): Promise<Check<StackValue, Stack>> {
  const { name } = use.config.cluster
  const wanted = await use.wanted()
  const stack = await describeStack(use.aws, name)
  if (!stack) return todo(`there is no stack ${name} in ${use.aws.region}`)
  if (!isOwnStack(stack, name)) return { state: 'refused', failure: foreign(use, stack) }
  const entry = entryOf(stack.status)
  const standing = { standing: true, found: stack }
  if (entry === 'stuck') {
    return refuse('STACK_FAILED', {
      message: `stack ${name} is ${stack.status}: nothing can be done with it but to remove it`,
      ...(stack.reason ? { cause: stack.reason } : {}),
      next: 'npx task destroy, then npx task bootstrap',
    })
  }
  if (entry === 'settle')
    return todo(`stack ${name} is ${stack.status}; when that has ended, it is looked at again`, standing)
  if (entry === 'recreate')
    return todo(`stack ${name} is ${stack.status}: it is deleted and created anew`, standing)
  const changes = differences(stack, wanted)
  if (changes.length > 0) {
    const text = differenceText(changes)
    return todo(`stack ${name} differs from the config: ${text}`, {
      ...standing,
      ask: {
        question: `Update stack ${name}: ${text}?`,
        otherwise: new Failure('STACK_CHANGED', {
          message: `stack ${name} differs from the config, and nobody said yes to an update`,
          cause: text,
          next: 'repeat the line with --yes to update the stack, or set the config to what is deployed',
        }),
      },
    })
  }
  const what =
    entry === 'attach' ? `stack ${name} is ${stack.status}` : `stack ${name} stands (${stack.status})`
  return done(describe(stack), what)
}

/** Starts what brings the stack to what is wanted: a creation, an update; after a failed creation a deletion first. */
export async function run(use: Use, _needs: unknown, found: Stack | undefined): Promise<StackValue> {
  const wanted = await use.wanted()
  const { name } = use.config.cluster
  for (let stack = found; ; stack = await describeStack(use.aws, name)) {
    if (stack && !isOwnStack(stack, name)) throw foreign(use, stack)
    const entry = entryOf(stack?.status)
    if (!stack || entry === 'create') return create(use, wanted)
    if (entry === 'settle') await follow(use, stack)
    else if (entry === 'recreate') await removeFailed(use, stack)
    else if (entry === 'attach' && differences(stack, wanted).length > 0) await follow(use, stack)
    else return update(use, stack, wanted)
  }
}

/** Deletes the stack and every bucket it made, retained ones too. */
export async function undo(use: Use): Promise<string | undefined> {
  const { name } = use.config.cluster
  const stack = await describeStack(use.aws, name)
  const ours = stack && isOwnStack(stack, name)
  if (ours) await remove(use, stack)
  const buckets = await ownBuckets(use.aws, name)
  for (const bucket of buckets) {
    if (await removeBucket(use.aws, bucket, use.signal)) use.report.deleted.push(`s3://${bucket}`)
  }
  const gone = [ours ? `stack ${name}` : '', ...buckets.map((bucket) => `bucket ${bucket}`)].filter(Boolean)
  return gone.length > 0 ? `${gone.join(', ')} deleted` : undefined
}

async function create(use: Use, wanted: Wanted): Promise<StackValue> {
  const { name } = use.config.cluster
  const desired = await desiredOf(use, wanted, {})
  try {
    const arn = await createStack(use.aws, desired)
    return { name, arn, status: 'CREATE_IN_PROGRESS', parameters: {}, outputs: {} }
  } catch (error) {
    throw refusal(use, error)
  }
}

async function update(use: Use, stack: Stack, wanted: Wanted): Promise<StackValue> {
  // Found out once, at creation: from then on the stack's own parameters are the value.
  const kept = Object.fromEntries(wanted.automatic.map((key) => [key, stack.parameters[key] ?? '']))
  try {
    const begun = await updateStack(use.aws, stack, await desiredOf(use, wanted, kept))
    return { ...describe(stack), ...(begun ? { status: 'UPDATE_IN_PROGRESS' } : {}) }
  } catch (error) {
    throw refusal(use, error)
  }
}

async function desiredOf(use: Use, wanted: Wanted, kept: Record<string, string>): Promise<Desired> {
  const { loaded } = wanted
  if (loaded.needsBucket) {
    throw new Failure('TEMPLATE_TOO_LARGE', {
      message: `${loaded.source} has ${loaded.bytes} bytes, more than the 51200 that CloudFormation takes directly`,
      cause: 'a larger template has to be uploaded to a bucket first, which is not built yet',
      next: 'use a smaller template',
    })
  }
  const found: Record<string, string> = {}
  for (const key of wanted.automatic) found[key] = kept[key] || (await findOwnAddress(use))
  return {
    name: use.config.cluster.name,
    body: loaded.body,
    digest: loaded.digest,
    parameters: settle(wanted, found),
    capabilities: wanted.capabilities,
    roleArn: use.config.aws.roleArn,
  }
}

/** A creation that failed holds no data: it is shown why, and removed. */
async function removeFailed(use: Use, stack: Stack): Promise<void> {
  const { events } = await followStack(use.aws, stack.arn, { ...use, onEvents: () => {} })
  const cause = findCause(events)
  use.log(`the last attempt ended in ${stack.status}${cause ? `: ${causeText(cause)}` : ''}; removing it`)
  await remove(use, stack)
}

async function remove(use: Use, stack: Stack): Promise<void> {
  if (!isTerminal(stack.status) && !stack.status.startsWith('DELETE')) await follow(use, stack)
  let failed: string[] = []
  for (;;) {
    if (stack.status !== 'DELETE_IN_PROGRESS' || failed.length > 0) {
      await deleteStack(use.aws, stack, { roleArn: use.config.aws.roleArn })
    }
    const { stack: end, events } = await follow(use, stack)
    if (!end || end.status === 'DELETE_COMPLETE') {
      use.report.deleted.push(stack.arn)
      return
    }
    const still = [
      ...new Set(
        events
          .filter((event) => event.status === 'DELETE_FAILED' && !event.root)
          .map((event) => event.logicalId),
      ),
    ]
    // Buckets that were not empty are emptied; it is tried again as long as that leads on.
    const buckets = events.filter(
      (event) => event.status === 'DELETE_FAILED' && event.type === 'AWS::S3::Bucket',
    )
    const leadsOn = failed.length === 0 ? buckets.length > 0 : still.length < failed.length
    if (!leadsOn) throw deletionFailed(use, stack, end, events)
    for (const bucket of buckets) await removeBucket(use.aws, bucket.physicalId, use.signal)
    failed = still
  }
}

function deletionFailed(use: Use, stack: Stack, end: Stack, events: Followed['events']): Failure {
  const cause = findCause(events)
  use.report.left.push(stack.arn)
  return new Failure('STACK_DELETE_FAILED', {
    message: `stack ${stack.name} could not be deleted (${end.status})`,
    cause: cause ? causeText(cause) : (end.reason ?? 'CloudFormation gives no reason'),
    next: 'remove what is in the way, then run npx task destroy again',
  })
}

async function follow(use: Use, stack: Stack): Promise<Followed> {
  const progress = new StackProgress(0, [])
  return followStack(use.aws, stack.arn, {
    clock: use.clock,
    signal: use.signal,
    onEvents: (events) => {
      progress.add(events)
      use.progress({ message: progress.text, done: progress.done, total: progress.total })
    },
  })
}

function foreign(use: Use, stack: Stack): Failure {
  return new Failure('STACK_FOREIGN', {
    message: `stack ${stack.name} in ${use.aws.region} is not ours (${stack.arn})`,
    cause: 'it does not carry the tag of this cluster, so somebody else made it; it is left as it is',
    next: 'choose another cluster.name',
  })
}

function refusal(use: Use, error: unknown): unknown {
  const { name, message } = error as Error
  const { template, cluster } = use.config
  if (name === 'AlreadyExistsException')
    return new Failure('STACK_FOREIGN', { message, next: 'choose another cluster.name' }, error)
  if (name === 'ValidationError' || name === 'InsufficientCapabilitiesException') {
    const code = /^Parameters?\b|parameter/i.test(message) ? 'PARAMETER_INVALID' : 'TEMPLATE_INVALID'
    return new Failure(
      code,
      {
        message: `CloudFormation refuses ${template}`,
        cause: message,
        next: 'mend the template or its parameters',
      },
      error,
    )
  }
  return refusedByAws(error, `CloudFormation refuses stack ${cluster.name}`, 'see the reason above')
}

function describe(stack: Stack): StackValue {
  const { arn, name, outputs, parameters, status } = stack
  return { name, arn, status, parameters, outputs }
}
