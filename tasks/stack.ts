import { bucketsAmong, ownBuckets, removeBucket } from './aws/buckets.ts'
import { refusedByAws } from './aws/failures.ts'
import { createStack, type Desired } from './aws/stack/change.ts'
import {
  type ChangeSet,
  changeText,
  createChangeSet,
  deleteChangeSet,
  executeChangeSet,
  losesData,
} from './aws/stack/change-set.ts'
import { diagnose, diagnosisAdvice, diagnosisCause, diagnosisText } from './aws/stack/diagnosis.ts'
import { followStack } from './aws/stack/follow.ts'
import { StackProgress } from './aws/stack/progress.ts'
import { continueRollback, isAbandoned, rollBack } from './aws/stack/recovery.ts'
import { removeStack } from './aws/stack/removal.ts'
import { describeStack, isOwnStack, listResources, type Stack } from './aws/stack/stack.ts'
import { type Entry, entryOf } from './aws/stack/status.ts'
import { spoken } from './aws/template/source/remote.ts'
import type { Upload } from './aws/upload.ts'
import type { Use } from './context.ts'
import { differences, differenceText } from './differences.ts'
import { findOwnAddress } from './own-address.ts'
import { consent } from './runner/consent.ts'
import { Failure } from './runner/failure.ts'
import { type Check, done, outdated, refuse, type TodoDetail, todo } from './runner/task.ts'
import { resolveStuck } from './stuck.ts'
import { settle, type Wanted } from './wanted.ts'

export interface StackValue {
  name: string
  arn: string
  status: string
  parameters: Record<string, string>
  outputs: Record<string, string>
}

/** What the check found, for the run. */
interface Found {
  stack: Stack
  /** The update, worked out for the preview. */
  changeSet?: ChangeSet | undefined
  /** The template that was uploaded for it. */
  upload?: Upload | undefined
}

/** Done when the stack stands as the config wants it, or is on its way there; `wait` follows it to the end. */
export async function check(use: Use): Promise<Check<StackValue, Found>> {
  const { name } = use.config.cluster
  const wanted = await use.wanted()
  const stack = await describeStack(use.aws, name)
  if (!stack) return todo(`there is no stack ${name} in ${use.aws.region}`)
  if (!isOwnStack(stack, name)) return { state: 'refused', failure: foreignStack(use, stack) }
  const entry = entryOf(stack.status)
  const plan = plans[entry]
  if (plan) return planned(stack, plan)
  if (entry === 'stuck') {
    return refuse('STACK_FAILED', {
      message: `stack ${name} is ${stack.status}: what to do then is not known here`,
      ...(stack.reason ? { cause: stack.reason } : {}),
      next: 'npx task destroy, then npx task bootstrap',
    })
  }
  const changes = differences(stack, wanted)
  if (changes.length > 0) return changed(use, { stack }, wanted, differenceText(changes))
  return done(
    describe(stack),
    entry === 'attach' ? `stack ${name} is ${stack.status}` : `stack ${name} stands (${stack.status})`,
  )
}

/** Starts what brings the stack to what is wanted: a creation, an update; before that whatever its status asks for. */
export async function run(use: Use, _needs: unknown, found: Found | undefined): Promise<StackValue> {
  const wanted = await use.wanted()
  const { name } = use.config.cluster
  // A stack that could not be compared when it was checked has not been asked about yet.
  let asked = found !== undefined && plans[entryOf(found.stack.status)] === undefined
  for (let stack = found?.stack; ; stack = await describeStack(use.aws, name)) {
    if (stack && !isOwnStack(stack, name)) throw foreignStack(use, stack)
    const entry = entryOf(stack?.status)
    if (!stack || entry === 'create') return create(use, wanted)
    const text = differenceText(differences(stack, wanted))
    if (entry === 'attach' && text === '') return describe(stack)
    if (entry === 'compare') {
      if (text !== '' && !asked && !(await consent(updateQuestion(stack, text), use)))
        throw notUpdated(stack, text)
      return update(use, { stack, changeSet: found?.changeSet }, wanted)
    }
    await advance(use, stack, entry)
    asked &&= entry === 'attach'
  }
}

/** One step towards a stack that can be compared or is gone. */
async function advance(use: Use, stack: Stack, entry: Entry): Promise<void> {
  if (entry === 'attach' || entry === 'settle') await follow(use, stack)
  else if (entry === 'review') {
    if (await isAbandoned(use.aws, stack, use.clock, use.signal)) await remove(use, stack)
  } else {
    const diagnosis = await diagnose(use.aws, stack, [], use)
    use.log(`the last attempt ended in ${stack.status}${diagnosis ? `: ${diagnosisText(diagnosis)}` : ''}`)
    if (entry === 'rollback' || entry === 'continue') await recover(use, stack, entry)
    else await remove(use, stack)
  }
}

/** Deletes the stack and every bucket it made, retained ones too. */
export async function undo(use: Use): Promise<string | undefined> {
  const { name } = use.config.cluster
  const stack = await describeStack(use.aws, name)
  const ours = stack && isOwnStack(stack, name)
  const made = ours ? bucketsAmong(await listResources(use.aws, stack.arn).catch(() => [])) : []
  if (ours) await remove(use, stack)
  const gone = ours ? [`stack ${name}`] : []
  for (const bucket of new Set([...made, ...(await ownBuckets(use.aws, name))])) {
    if (!(await removeBucket(use.aws, bucket, use.signal))) continue
    use.report.deleted.push(`s3://${bucket}`)
    gone.push(`bucket ${bucket}`)
  }
  return gone.length > 0 ? `${gone.join(', ')} deleted` : undefined
}

/** The config wants something else than is deployed: never done without a yes. */
function changed(use: Use, found: Found, wanted: Wanted, text: string): Check<StackValue, Found> {
  const { stack } = found
  const ask = { question: updateQuestion(stack, text), otherwise: notUpdated(stack, text) }
  const detail: TodoDetail<Found> = { found, ask }
  // While an operation is under way, CloudFormation works no change set out.
  if (entryOf(stack.status) === 'compare') detail.preview = () => preview(use, found, wanted)
  return outdated(describe(stack), `stack ${stack.name} differs from the config: ${text}`, detail)
}

function updateQuestion(stack: Stack, text: string): string {
  return `Update stack ${stack.name}: ${text}?`
}

function notUpdated(stack: Stack, text: string): Failure {
  return new Failure('STACK_CHANGED', {
    message: `stack ${stack.name} differs from the config, and nobody said yes to an update`,
    cause: text,
    next: 'repeat the line with --yes to update the stack, or set the config to what is deployed',
  })
}

async function preview(use: Use, found: Found, wanted: Wanted) {
  found.changeSet = await prepare(use, found, wanted)
  const { changeSet, upload } = found
  const lines = changeSet?.changes.map(
    (change) => `  ${changeText(change)}${losesData(change) ? ' — what it holds is lost' : ''}`,
  )
  return {
    text: lines ? `the update would\n${lines.join('\n')}` : 'CloudFormation finds nothing to change',
    discard: async () => {
      if (changeSet) await deleteChangeSet(use.aws, changeSet)
      await upload?.discard()
    },
  }
}

async function create(use: Use, wanted: Wanted): Promise<StackValue> {
  const { name } = use.config.cluster
  await use.preflight()
  const desired = await desiredOf(use, wanted, {})
  try {
    const arn = await createStack(use.aws, desired)
    return { name, arn, status: 'CREATE_IN_PROGRESS', parameters: {}, outputs: {} }
  } catch (error) {
    throw refusal(use, error)
  }
}

async function update(use: Use, found: Found, wanted: Wanted): Promise<StackValue> {
  const { stack } = found
  const prepared = found.changeSet ?? (await prepare(use, found, wanted))
  if (!prepared) return describe(stack)
  for (const change of prepared.changes) use.log(changeText(change))
  try {
    await executeChangeSet(use.aws, prepared)
  } catch (error) {
    throw refusal(use, error)
  }
  return { ...describe(stack), status: 'UPDATE_IN_PROGRESS' }
}

async function prepare(use: Use, found: Found, wanted: Wanted): Promise<ChangeSet | undefined> {
  const { stack } = found
  // Found out once, at creation: from then on the stack's own parameters are the value.
  const kept = Object.fromEntries(wanted.automatic.map((key) => [key, stack.parameters[key] ?? '']))
  const desired = await desiredOf(use, wanted, kept)
  found.upload = desired.upload
  try {
    return await createChangeSet(use.aws, stack, desired, use)
  } catch (error) {
    throw refusal(use, error)
  }
}

interface Sendable extends Desired {
  upload: Upload | undefined
}

/** What to send. A template too large for a request is uploaded, so this is asked only when one is to be made. */
async function desiredOf(use: Use, wanted: Wanted, kept: Record<string, string>): Promise<Sendable> {
  const { loaded } = wanted
  const found: Record<string, string> = {}
  for (const key of wanted.automatic) found[key] = kept[key] || (await findOwnAddress(use))
  const { name } = use.config.cluster
  const upload = loaded.needsBucket
    ? await (await import('./aws/upload.ts')).uploadTemplate(use.aws, name, loaded, use)
    : undefined
  return {
    name,
    upload,
    body: loaded.body,
    url: upload?.url,
    digest: loaded.digest,
    parameters: settle(wanted, found),
    capabilities: wanted.capabilities,
    roleArn: use.config.aws.roleArn,
  }
}

/** What is going to be done with a stack before it can be compared, by what its status means. */
const plans: Partial<Record<Entry, string>> = {
  settle: 'when that has ended, it is looked at again',
  review: 'if nobody executes its change set, it is removed and created',
  recreate: 'it is deleted and created anew',
  ask: 'it is deleted and created anew',
  rollback: 'the failed update is taken back',
  continue: 'its rollback is gone on with',
}

function planned(stack: Stack, plan: string): Check<StackValue, Found> {
  const why = `stack ${stack.name} is ${stack.status}: ${plan}`
  const detail = { standing: true, found: { stack } }
  if (entryOf(stack.status) !== 'ask') return todo(why, detail)
  const otherwise = new Failure('STACK_FAILED', {
    message: `stack ${stack.name} is ${stack.status}, and nobody said yes to removing it`,
    cause: stack.reason ?? 'its creation failed, and it was left as it is',
    next: 'look at what is there, then repeat the line with --yes',
  })
  return todo(why, { ...detail, ask: { question: `${why}. Go on?`, otherwise } })
}

/** Takes a failed update back; what fails again is a person's to mend. */
async function recover(use: Use, stack: Stack, entry: 'rollback' | 'continue'): Promise<void> {
  const start = entry === 'rollback' ? rollBack : continueRollback
  await start(use.aws, stack, use.config.aws.roleArn)
  const { stack: end, events } = await follow(use, stack)
  if (end?.status !== 'UPDATE_ROLLBACK_FAILED') return
  const diagnosis = await diagnose(use.aws, end, events, use)
  throw new Failure('STACK_FAILED', {
    message: `the update of stack ${stack.name} cannot be taken back`,
    cause: diagnosis ? diagnosisCause(diagnosis) : (end.reason ?? 'CloudFormation gives no reason'),
    next: diagnosis ? diagnosisAdvice(diagnosis) : 'mend the cause, then run the same line again',
  })
}

async function remove(use: Use, stack: Stack): Promise<void> {
  const options = {
    clock: use.clock,
    signal: use.signal,
    roleArn: use.config.aws.roleArn,
    onEvents: showProgress(use),
    log: use.log,
  }
  const stuck = await removeStack(use.aws, stack, options)
  if (stuck) await resolveStuck(use, stuck, options)
  else use.report.deleted.push(stack.arn)
}

function follow(use: Use, stack: Stack) {
  return followStack(use.aws, stack.arn, {
    clock: use.clock,
    signal: use.signal,
    onEvents: showProgress(use),
  })
}

function showProgress(use: Use) {
  const progress = new StackProgress(0, [])
  return (events: Parameters<StackProgress['add']>[0]) => {
    progress.add(events)
    use.progress({
      message: `${progress.text} · ${progress.latest}`,
      done: progress.done,
      total: progress.total,
    })
  }
}

/** The refusal of a stack that somebody else made. */
export function foreignStack(use: Use, stack: Stack): Failure {
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
        message: `CloudFormation refuses ${spoken(template)}`,
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
