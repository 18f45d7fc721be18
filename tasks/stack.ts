import { bucketsAmong, ownBuckets, removeBucket } from './aws/buckets.ts'
import { losesData } from './aws/stack/change-set.ts'
import { createStack } from './aws/stack/creation.ts'
import { diagnose, diagnosisAdvice, diagnosisCause, diagnosisText } from './aws/stack/diagnosis.ts'
import { followStack, type Started } from './aws/stack/follow.ts'
import { StackProgress } from './aws/stack/progress.ts'
import { continueRollback, isAbandoned, rollBack } from './aws/stack/recovery.ts'
import { removeStack } from './aws/stack/removal.ts'
import {
  describeStack,
  isOwnStack,
  listResources,
  type Stack,
  type StackResource,
} from './aws/stack/stack.ts'
import { type Entry, entryOf } from './aws/stack/status.ts'
import { Failure } from './base/failure.ts'
import type { Use } from './cluster/context.ts'
import { orUnseen, type Unseen, unseenText } from './cluster/permission-gap.ts'
import { differences, differenceText } from './cluster/plan/differences.ts'
import { desiredOf } from './cluster/plan/stack-request.ts'
import type { Wanted } from './cluster/plan/wanted.ts'
import { foreignStack } from './cluster/stack/ownership.ts'
import { isBusy, refusal } from './cluster/stack/refusal.ts'
import { resolveStuck } from './cluster/stack/stuck-deletion.ts'
import { discardUpdate, executeUpdate, type Prepared, prepareUpdate } from './cluster/stack/update.ts'
import type { StackValue } from './cluster/stack/value.ts'
import { consent } from './runner/consent.ts'
import { type Check, done, outdated, type TodoDetail, todo } from './runner/task.ts'
import { secretParameters } from './template/secrets.ts'

/** What the check found, for the run. */
interface Found {
  stack: Stack | undefined
  /** The update, worked out for the preview. */
  prepared?: Prepared | undefined
}

/** Done when the stack stands as the config wants it, or is on its way there; `wait` follows it to the end. */
export async function check(use: Use): Promise<Check<StackValue, Found>> {
  const { name } = use.config.cluster
  // To look at a cluster or to use it takes no template: what is wrong with that is told where it is compared.
  const looksOnly = use.entry.kind === 'status' || use.entry.kind === 'command'
  const wanted = await use.wanted().catch((error: Failure) => {
    if (!looksOnly || !(error instanceof Failure)) throw error
    return error
  })
  const stack = use.glances.has(name) ? use.glances.get(name) : await describeStack(use.aws, name)
  use.glances.delete(name)
  if (!stack && wanted instanceof Failure) throw wanted
  if (!stack) return todo(`there is no stack ${name} in ${use.aws.region}`, { found: { stack } })
  if (!isOwnStack(stack, name)) return { state: 'refused', failure: foreignStack(use, stack) }
  const entry = entryOf(stack.status)
  const plan = plans[entry]
  if (plan) return planned(use, stack, entry, plan)
  if (entry === 'stuck') return { state: 'refused', failure: unknownState(stack) }
  if (wanted instanceof Failure)
    return done(
      describe(stack),
      `stack ${name} exists (${stack.status}); it is not compared: ${wanted.message}`,
    )
  const changes = differences(stack, wanted)
  if (changes.length > 0) return changed(use, stack, wanted, differenceText(changes))
  const state =
    entry === 'attach' ? `stack ${name} is ${stack.status}` : `stack ${name} stands (${stack.status})`
  const secret = Object.keys(wanted.given).filter((one) =>
    secretParameters(wanted.loaded.template).includes(one),
  )
  const unseen =
    secret.length > 0
      ? `; ${secret.join(', ')} cannot be compared, as CloudFormation hides it: npx task stack --force sends it again`
      : ''
  return done(describe(stack), `${state}${unseen}`)
}

/** Starts what brings the stack to what is wanted: a creation, an update; before that whatever its status asks for. */
export async function run(use: Use, _needs: unknown, found: Found | undefined): Promise<StackValue> {
  const wanted = await use.wanted()
  const { name } = use.config.cluster
  // What was agreed to is what was found: a removal, or these very changes.
  const first = found?.stack && entryOf(found.stack.status)
  let removalAgreed = first === 'ask'
  const agreed =
    found?.stack && first && plans[first] === undefined
      ? differenceText(differences(found.stack, wanted))
      : undefined
  let prepared = found?.prepared
  for (let stack = found ? found.stack : await describeStack(use.aws, name); ; ) {
    if (stack && !isOwnStack(stack, name)) throw foreignStack(use, stack)
    const entry = entryOf(stack?.status)
    if (!stack || entry === 'create') return create(use, wanted)
    if (entry === 'stuck') throw unknownState(stack)
    const text = differenceText(differences(stack, wanted))
    // Only who forces it has CloudFormation look for changes where the config differs in nothing.
    if (text === '' && (entry === 'attach' || (entry === 'compare' && found))) return describe(stack)
    if (entry === 'compare') {
      const updated = await update(use, stack, wanted, { text, asked: text === agreed, prepared })
      if (updated) return updated
    } else {
      if (entry === 'ask' && !removalAgreed) await consentToRemoval(use, stack)
      await advance(use, stack, entry)
    }
    removalAgreed = false
    prepared = undefined
    stack = await describeStack(use.aws, name)
  }
}

/** One step towards a stack that can be compared or is gone. */
async function advance(use: Use, stack: Stack, entry: Entry): Promise<void> {
  if (entry === 'attach' || entry === 'settle') await follow(use, stack)
  else if (entry === 'review') {
    if (await isAbandoned(use.aws, stack, use.clock, use.signal)) await replace(use, stack)
  } else {
    const diagnosis = await diagnose(use.aws, stack, [], use)
    use.log(`the last attempt ended in ${stack.status}${diagnosis ? `: ${diagnosisText(diagnosis)}` : ''}`)
    if (entry === 'rollback' || entry === 'continue') await recover(use, stack, entry)
    else await replace(use, stack)
  }
}

/** Removes the stack for another one; buckets that its template keeps are told of. */
async function replace(use: Use, stack: Stack): Promise<void> {
  if (stack.terminationProtection) throw isProtected(stack)
  const kept = bucketsAmong(await remove(use, stack))
  for (const bucket of kept) use.log(`bucket ${bucket} is kept; npx task destroy removes it`)
  use.report.retained.push(...kept.map((bucket) => `s3://${bucket}`))
}

/** Deletes the stack and every bucket it made, retained ones too. */
export async function undo(use: Use): Promise<string | undefined> {
  const { name } = use.config.cluster
  const stack = await describeStack(use.aws, name)
  const ours = stack && isOwnStack(stack, name)
  const say = (unseen: Unseen) => use.log(unseenText(unseen))
  const held = ours ? await orUnseen('what the stack holds', listResources(use.aws, stack.arn), say) : []
  if (ours) await remove(use, stack)
  const gone = ours ? [`stack ${name}`] : []
  const tagged = await orUnseen('buckets', ownBuckets(use.aws, name), say)
  for (const bucket of new Set([...bucketsAmong(held), ...tagged])) {
    // Left behind because the user said so.
    if (use.report.retained.includes(`s3://${bucket}`)) continue
    if (!(await removeBucket(use.aws, bucket, use.signal))) continue
    use.report.deleted.push(`s3://${bucket}`)
    gone.push(`bucket ${bucket}`)
  }
  return gone.length > 0 ? `${gone.join(', ')} deleted` : undefined
}

/** The config wants something else than is deployed: never done without a yes. */
function changed(use: Use, stack: Stack, wanted: Wanted, text: string): Check<StackValue, Found> {
  const found: Found = { stack }
  const ask = { question: updateQuestion(stack, text), otherwise: notUpdated(stack, text) }
  const detail: TodoDetail<Found> = { found, ask }
  // While an operation is under way, CloudFormation works no change set out.
  if (entryOf(stack.status) === 'compare') {
    detail.preview = async () => {
      const prepared = await prepareUpdate(use, stack, wanted)
      found.prepared = prepared
      return {
        text: previewText(prepared),
        question: updateQuestion(stack, text, prepared),
        discard: async () => {
          if (prepared) await discardUpdate(use, prepared)
        },
      }
    }
  }
  return outdated(describe(stack), `stack ${stack.name} differs from the config: ${text}`, detail)
}

function previewText(prepared: Prepared | undefined): string {
  if (!prepared) return 'CloudFormation finds nothing to change'
  if (prepared.lines.length === 0)
    return 'the update would change no resource, only what the stack says of itself'
  return `the update would\n${prepared.lines.map((line) => `  ${line}`).join('\n')}`
}

function updateQuestion(stack: Stack, text: string, prepared?: Prepared): string {
  const lost = prepared?.changeSet.changes.filter(losesData).map(({ logicalId }) => logicalId) ?? []
  return `Update stack ${stack.name}: ${text}${lost.length > 0 ? `, and lose what is in ${lost.join(', ')}` : ''}?`
}

function notUpdated(stack: Stack, text: string): Failure {
  return new Failure('STACK_CHANGED', {
    message: `stack ${stack.name} differs from the config, and nobody said yes to an update`,
    cause: text,
    next: 'repeat the line with --yes to update the stack (--dry-run shows how), or set the config to what is deployed',
  })
}

async function create(use: Use, wanted: Wanted): Promise<StackValue> {
  const { name } = use.config.cluster
  await use.preflight()
  const desired = await desiredOf(use, wanted, {})
  try {
    const { arn, started } = await createStack(use.aws, desired)
    return { name, arn, status: 'CREATE_IN_PROGRESS', parameters: {}, outputs: {}, started }
  } catch (error) {
    if ((error as Error).name !== 'AlreadyExistsException') {
      // Where AWS has answered there is no stack: its template would only be left over. A lost answer may be a yes.
      const lost = use.signal.aborted || (error instanceof Failure && error.code === 'ENDPOINT_UNREACHABLE')
      if (!lost) await desired.upload?.discard().catch(() => {})
      throw refusal(use, error)
    }
    const stack = await describeStack(use.aws, name)
    throw stack ? foreignStack(use, stack) : error
  }
}

interface UpdateState {
  /** What differs. */
  text: string
  /** Somebody has said yes to it. */
  asked: boolean
  prepared: Prepared | undefined
}

/** Undefined when somebody else has begun an operation meanwhile, so that the stack is to be looked at again. */
async function update(
  use: Use,
  stack: Stack,
  wanted: Wanted,
  { asked, prepared: shown, text }: UpdateState,
): Promise<StackValue | undefined> {
  try {
    const prepared = shown ?? (await prepareUpdate(use, stack, wanted))
    if (!prepared) return describe(stack)
    if (!shown) use.log(previewText(prepared))
    let agreed = asked || text === ''
    try {
      agreed ||= await consent(updateQuestion(stack, text, prepared), use)
      use.signal.throwIfAborted()
    } finally {
      if (!agreed || use.signal.aborted) await discardUpdate(use, prepared)
    }
    if (!agreed) throw notUpdated(stack, text)
    const started = await executeUpdate(use, prepared)
    return { ...describe(stack), status: 'UPDATE_IN_PROGRESS', started }
  } catch (error) {
    if (isBusy(error)) return undefined
    throw error
  }
}

/** What is going to be done with a stack before it can be compared, by what its status means. */
const plans: Partial<Record<Entry, string>> = {
  settle: 'when that has ended, it is looked at again',
  review: 'if nobody executes its change set, it is removed and created',
  recreate: 'it is deleted and created anew',
  ask: 'after a yes it is deleted and created anew',
  rollback: 'the failed update is taken back',
  continue: 'its rollback is continued',
}

async function planned(
  use: Use,
  stack: Stack,
  entry: Entry,
  plan: string,
): Promise<Check<StackValue, Found>> {
  const why = `stack ${stack.name} is ${stack.status}: ${plan}`
  const found = { stack }
  if (entry !== 'ask') return outdated(describe(stack), why, { found })
  const text = await standing(use, stack)
  const preview = async () => ({ text, discard: async () => {} })
  return outdated(describe(stack), why, { found, preview, ask: removalQuestion(stack, text) })
}

function removalQuestion(stack: Stack, text: string): { question: string; otherwise: Failure } {
  return {
    question: `Delete stack ${stack.name}, which is ${stack.status}, and create it anew?`,
    otherwise: new Failure('STACK_FAILED', {
      message: `stack ${stack.name} is ${stack.status}, and nobody said yes to removing it`,
      cause: text,
      next: 'look at what is there, then repeat the line with --yes',
    }),
  }
}

async function consentToRemoval(use: Use, stack: Stack): Promise<void> {
  const text = await standing(use, stack)
  const { otherwise, question } = removalQuestion(stack, text)
  use.log(text)
  if (!(await consent(question, use))) throw otherwise
}

/** Why a stack failed, and what goes with it. */
async function standing(use: Use, stack: Stack): Promise<string> {
  const diagnosis = await diagnose(use.aws, stack, [], use)
  const buckets = bucketsAmong(await listResources(use.aws, stack.arn))
  return [
    diagnosis ? diagnosisText(diagnosis) : (stack.reason ?? `stack ${stack.name} is ${stack.status}`),
    ...(buckets.length > 0 ? [`with it goes all that is in ${buckets.join(', ')}`] : []),
  ].join('\n')
}

function unknownState({ name, reason, status }: Stack): Failure {
  return new Failure('STACK_FAILED', {
    message: `stack ${name} is ${status}: what to do then is not known here`,
    ...(reason ? { cause: reason } : {}),
    next: 'npx task destroy, then npx task bootstrap',
  })
}

function isProtected({ name, status }: Stack): Failure {
  return new Failure('STACK_FAILED', {
    message: `stack ${name} is ${status}, and is protected from deletion`,
    cause: 'somebody has turned its termination protection on',
    next: 'npx task destroy takes that off after a question; then npx task bootstrap',
  })
}

/** Takes a failed update back; what fails again is a person's to mend. */
async function recover(use: Use, stack: Stack, entry: 'rollback' | 'continue'): Promise<void> {
  use.signal.throwIfAborted()
  const start = entry === 'rollback' ? rollBack : continueRollback
  const started = await start(use.aws, stack, use.config.aws.roleArn)
  const { stack: end, events } = await follow(use, stack, started)
  if (end?.status !== 'UPDATE_ROLLBACK_FAILED') return
  const diagnosis = await diagnose(use.aws, end, events, use)
  throw new Failure('STACK_FAILED', {
    message: `the update of stack ${stack.name} cannot be taken back`,
    cause: diagnosis ? diagnosisCause(diagnosis) : (end.reason ?? 'CloudFormation gives no reason'),
    next: diagnosis ? diagnosisAdvice(diagnosis) : 'mend the cause, then run the same line again',
  })
}

/** Deletes the stack. Answers with what its template keeps; all but the buckets are the user's from now on. */
async function remove(use: Use, stack: Stack): Promise<StackResource[]> {
  use.signal.throwIfAborted()
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
  const listed = await listResources(use.aws, stack.arn).catch(() => [])
  const kept = listed.filter(({ status }) => status === 'DELETE_SKIPPED')
  for (const { physicalId, type } of kept) {
    if (type === 'AWS::S3::Bucket' || use.report.retained.includes(physicalId)) continue
    use.log(`${physicalId} (${type}) stays, as the template keeps it`)
    use.report.retained.push(physicalId)
  }
  return kept
}

function follow(use: Use, { arn }: Stack, started?: Started) {
  const { clock, signal } = use
  return followStack(use.aws, arn, { clock, signal, started, onEvents: showProgress(use) })
}

function showProgress(use: Use) {
  const progress = new StackProgress(0, [])
  return (events: Parameters<StackProgress['add']>[0]) => {
    progress.add(events)
    use.progress({
      message: [progress.text, progress.latest].filter(Boolean).join(' · '),
      done: progress.done,
      total: progress.total,
    })
  }
}

function describe(stack: Stack): StackValue {
  const { arn, name, outputs, parameters, status } = stack
  return { name, arn, status, parameters, outputs }
}
