import { bucketsAmong, removeBucket } from '../../aws/buckets.ts'
import { expectDeletion } from '../../aws/stack/estimate.ts'
import { followStack, type Started } from '../../aws/stack/follow.ts'
import { allEvents } from '../../aws/stack/operation-events.ts'
import { StackProgress } from '../../aws/stack/progress.ts'
import { removeStack } from '../../aws/stack/removal.ts'
import { listResources, type Stack, type StackResource } from '../../aws/stack/stack.ts'
import { operationOf } from '../../aws/stack/status.ts'
import { Failure } from '../../base/failure.ts'
import type { Use } from '../context.ts'
import { partsOf } from './parts.ts'
import { resolveStuck } from './stuck-deletion.ts'

type Kept = Pick<StackResource, 'physicalId' | 'type'>

/**
 * Deletes the stack. `held` are its resources, if they were listed before. Returns what its template keeps; all but
 * the buckets belongs to the user from now on.
 */
export async function remove(use: Use, stack: Stack, held?: StackResource[]): Promise<Kept[]> {
  use.signal.throwIfAborted()
  const progress = new StackProgress(0, [])
  const options = {
    clock: use.clock,
    signal: use.signal,
    roleArn: use.config.aws.roleArn,
    onEvents: showProgress(use, progress),
    expected: held && (() => expectDeletion(...pace(use, held, stack, progress))),
    log: use.log,
    onGoingOn: (what: string) => use.offer({ what }),
  }
  const { events, stuck } = await removeStack(use.aws, stack, options)
  if (stuck) await resolveStuck(use, stuck, options)
  else use.report.deleted.push(stack.arn)
  // If the events are complete, nothing needs to be listed.
  const told =
    !stuck && held && events.at(-1)?.status === 'DELETE_COMPLETE' ? [...held, ...events] : undefined
  const listed = told ?? (await listResources(use.aws, stack.arn).catch(() => []))
  const kept = listed.filter(({ status }) => status === 'DELETE_SKIPPED')
  for (const { physicalId, type } of kept) {
    if (type === 'AWS::S3::Bucket' || use.report.retained.includes(physicalId)) continue
    use.log(`${physicalId} (${type}) is kept, as the template requires`)
    use.report.retained.push(physicalId)
  }
  return kept
}

/** Its creation failed: what its nodes have written is worthless. */
const NEVER_UP = /^(CREATE_FAILED|ROLLBACK_COMPLETE|ROLLBACK_FAILED)$/

/** Deletes a stack that a new one replaces; names the buckets that its template keeps. */
export async function removeForAnother(use: Use, stack: Stack): Promise<void> {
  if (stack.terminationProtection) throw isProtected(stack)
  // A bucket that a rollback kept is no longer in the stack, but still in its events.
  const events = NEVER_UP.test(stack.status) ? await allEvents(use.aws, stack.arn, use.signal) : []
  const made = events.filter(({ status }) => status === 'CREATE_COMPLETE')
  const kept = bucketsAmong(await remove(use, stack))
  if (NEVER_UP.test(stack.status)) {
    for (const bucket of new Set([...bucketsAmong(made), ...kept]))
      if (await removeBucket(use.aws, bucket, use.signal)) use.report.deleted.push(`s3://${bucket}`)
    return
  }
  for (const bucket of kept) use.log(`bucket ${bucket} is kept; npx task destroy removes it`)
  use.report.retained.push(...kept.map((bucket) => `s3://${bucket}`))
}

/** Waits for the end of the operation in progress, and shows the progress. */
export async function follow(use: Use, { arn, status }: Stack, started?: Started) {
  const { clock, signal } = use
  const withdraw = use.offer({ what: started ? 'rollback' : operationOf(status) })
  try {
    return await followStack(use.aws, arn, { clock, signal, started, onEvents: showProgress(use) })
  } finally {
    withdraw()
  }
}

/** The stack's own resources, when the deletion of each began, and which are deleted. */
function pace({ clock }: Use, held: StackResource[], { arn }: Stack, { begun, finished }: StackProgress) {
  const own = held.filter(({ stack }) => stack === arn)
  return [
    new Map(own.map(({ path, type }) => [path, type])),
    new Map([...begun].map(([id, since]) => [id, clock.between(since)])),
    finished,
  ] as const
}

function showProgress(use: Use, progress = new StackProgress(0, [])) {
  return (events: Parameters<StackProgress['add']>[0]) => {
    progress.add(events)
    use.progress({
      ...partsOf(events),
      message: [progress.text, progress.latest].filter(Boolean).join(' · '),
      done: progress.done,
      total: progress.total,
    })
  }
}

/** The failure for a stack that cannot be replaced, because it is protected. */
export function isProtected({ name, status }: Stack): Failure {
  return new Failure('STACK_FAILED', {
    message: `stack ${name} is ${status}, and is protected from deletion`,
    cause: 'its termination protection is on',
    next: 'npx task destroy asks and turns it off; then npx task bootstrap',
  })
}
