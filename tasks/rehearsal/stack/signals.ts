import type { ResourceFault } from '../state/entries.ts'
import type { Model } from './model.ts'
import type { Recorder } from './recorder.ts'
import type { Machine } from './timeline.ts'

const WAIT_CONDITION = 'AWS::CloudFormation::WaitCondition'

export interface Signal {
  at: number
  unique: string
  status: 'SUCCESS' | 'FAILURE'
}

export interface SignalPolicy {
  count: number
  timeoutSeconds: number
  /** The percentage that has to succeed. */
  percent: number
  wait: boolean
}

/** What a resource waits for before it counts as created, or undefined. */
export function signalPolicy(model: Model, id: string): SignalPolicy | undefined {
  const resource = model.resources.get(id)!
  const policy = model.evaluate(resource.CreationPolicy ?? {}) as {
    ResourceSignal?: { Count?: number | string; Timeout?: string }
    AutoScalingCreationPolicy?: { MinSuccessfulInstancesPercent?: number | string }
  }
  if (resource.Type === WAIT_CONDITION && !policy.ResourceSignal) {
    const { Count, Timeout } = model.properties(id)
    return { count: Number(Count ?? 1), timeoutSeconds: Number(Timeout ?? 0), percent: 100, wait: true }
  }
  const signal = policy.ResourceSignal
  if (!signal) return undefined
  return {
    count: Number(signal.Count ?? 1),
    timeoutSeconds: durationSeconds(signal.Timeout ?? 'PT5M'),
    percent: Number(policy.AutoScalingCreationPolicy?.MinSuccessfulInstancesPercent ?? 100),
    wait: false,
  }
}

export interface SignalOutcome {
  received: { at: number; text: string }[]
  endsAt: number
  /** The text about missing signals, before the failure. */
  late?: string
  failed?: string
}

/**
 * Every machine signals once it has booted, with its instance id as unique id; anything without a machine here (a wait condition, a
 * resource of another kind) is signalled after some minutes. Signals sent by SignalResource count as well.
 */
export function awaitSignals(
  site: { recorder: Recorder; signals: (Signal & { resource: string })[] },
  id: string,
  policy: SignalPolicy & { fault?: ResourceFault | undefined; outside?: boolean },
  machines: readonly Machine[],
  from: number,
): SignalOutcome {
  const { recorder } = site
  if (policy.outside) bootBySignals(site, id, machines)
  const own: Signal[] = policy.outside
    ? []
    : machines.length > 0
      ? machines.map((machine) => ({ at: machine.bootedAt, unique: machine.id, status: 'SUCCESS' }))
      : policy.wait
        ? Array.from({ length: policy.count }, (_, index) => ({
            at: from + recorder.span(30, 180, id, 'signal', index),
            unique: `${id}-${index}`,
            status: 'SUCCESS',
          }))
        : []
  own.sort((a, b) => a.at - b.at)
  // A reason that counts signals sets how many arrive, and ends the wait without the time-out, to keep a rehearsal short.
  const told = successesIn(policy.fault?.reason)
  const patience = told === undefined ? undefined : own.at(-1)?.at
  const silentFrom = policy.fault?.signals ?? told
  if (silentFrom !== undefined) own.splice(silentFrom)
  // The machine that fails is the last one of its group.
  else if (policy.fault && own.length > 0) own.at(-1)!.status = 'FAILURE'
  const sent = site.signals.filter((signal) => signal.resource === id && signal.at >= from)
  const needed = Math.ceil((policy.count * policy.percent) / 100)
  const deadline = patience ?? from + recorder.span(policy.timeoutSeconds, policy.timeoutSeconds)
  const seen = new Map<string, Signal>()
  const received: SignalOutcome['received'] = []
  let successes = 0
  let failures = 0
  if (needed <= 0) return { received, endsAt: from }
  for (const signal of [...own, ...sent].sort((a, b) => a.at - b.at)) {
    if (signal.at > deadline) break
    if (seen.has(signal.unique)) continue
    seen.set(signal.unique, signal)
    received.push({ at: signal.at, text: `Received ${signal.status} signal with UniqueId ${signal.unique}` })
    if (signal.status === 'SUCCESS') successes++
    else failures++
    if (successes >= needed) return { received, endsAt: signal.at }
    if (failures > policy.count - needed) {
      return { received, endsAt: signal.at, failed: unsatisfied(`${failures} FAILURE signal(s)`, policy) }
    }
  }
  if (policy.wait) {
    const failed = `WaitCondition timed out. Received ${successes} conditions when expecting ${policy.count}`
    return { received, endsAt: deadline, failed }
  }
  const missing = `Failed to receive ${policy.count - successes} resource signal(s)`
  if (machines[0]?.group === undefined) {
    return { received, endsAt: deadline, failed: `${missing} within the specified duration` }
  }
  return {
    received,
    endsAt: deadline,
    late: `${missing} for the current batch.  Each resource signal timeout is counted as a FAILURE.`,
    failed: unsatisfied(`${successes} SUCCESS signal(s)`, policy),
  }
}

/** Signals are the only evidence of when a machine is up. */
function bootBySignals(
  { signals }: { signals: (Signal & { resource: string })[] },
  id: string,
  machines: readonly Machine[],
): void {
  for (const machine of machines) {
    const sent = signals.find(
      ({ resource, status, unique }) => resource === id && unique === machine.id && status === 'SUCCESS',
    )
    machine.bootedAt = sent?.at ?? Number.POSITIVE_INFINITY
  }
}

function successesIn(reason = ''): number | undefined {
  const found = /Received (\d+) SUCCESS signal/.exec(reason)?.[1]
  return found === undefined ? undefined : Number(found)
}

function unsatisfied(received: string, policy: SignalPolicy): string {
  return `Received ${received} out of ${policy.count}.  Unable to satisfy ${policy.percent}% MinSuccessfulInstancesPercent requirement`
}

/** `PT1H30M5S` in seconds. */
export function durationSeconds(text: string): number {
  const match = /^P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/.exec(text)
  if (!match) return 300
  const [days = 0, hours = 0, minutes = 0, rest = 0] = match.slice(1).map((part) => Number(part ?? 0))
  return ((days * 24 + hours) * 60 + minutes) * 60 + rest
}
