import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { type Durations, type Expected, expect, learn, type Node, OVERDUE } from '../../aws/stack/estimate.ts'
import type { StackEvent } from '../../aws/stack/events.ts'
import type { StackProgress } from '../../aws/stack/progress.ts'
import { usual } from '../../aws/stack/usual.ts'
import { writeAtomically } from '../../base/file.ts'
import { duration } from '../../runner/present/words.ts'
import { existingResources } from '../../template/groups.ts'
import { dependenciesOf } from '../../template/references.ts'
import type { Use } from '../context.ts'
import type { StackPlan } from '../plan/plan.ts'

/** How long each type of resource took in earlier creations. A rehearsal says nothing about AWS. */
const historyOf = (use: Use) => path.join(use.folders.state, `durations-${use.config.cloud}.json`)

export async function readDurations(use: Use): Promise<Durations> {
  try {
    return JSON.parse(await readFile(historyOf(use), 'utf8')) as Durations
  } catch {
    // Missing or damaged: only the estimate gets worse.
    return {}
  }
}

export async function keepDurations(use: Use, events: StackEvent[]): Promise<void> {
  const learned = learn(await readDurations(use), events, (from, to) => use.clock.between(from, to))
  // Not worth a failure: a cluster that is up must not be reported as broken because of it.
  await writeAtomically(historyOf(use), `${JSON.stringify(learned)}\n`).catch(() => {})
}

/** The template's resources with what each waits for. */
export function nodesOf({ all, loaded }: StackPlan): Node[] {
  return existingResources(loaded.template, all).map(([logicalId, { Type }]) => ({
    logicalId,
    type: Type,
    needs: [...dependenciesOf(loaded.template, logicalId)],
  }))
}

/**
 * Estimates the rest of the creation; undefined if nothing is known, or something has failed. Its text is in real time; when the
 * estimate has been exceeded by a quarter, it says that instead. Until this user's own runs provide durations, each type is
 * assumed to take its usual time.
 */
export function estimator(use: Use, nodes: Node[], learned: Durations, progress: StackProgress) {
  const durations = { ...usual, ...learned }
  const whole = expect(nodes, durations, new Map(), new Set())?.left
  return (): (Expected & { text: string }) | undefined => {
    if (progress.failure) return undefined
    const begun = new Map([...progress.begun].map(([id, since]) => [id, use.clock.between(since)]))
    const expected = expect(nodes, durations, begun, progress.finished)
    if (expected === undefined) return undefined
    const elapsed = progress.since ? use.clock.between(progress.since) : 0
    const late = whole !== undefined && elapsed > whole * OVERDUE
    return {
      ...expected,
      text: late
        ? `longer than the estimated ${about(use.clock.real(whole))}`
        : `about ${about(use.clock.real(expected.left))} left`,
    }
  }
}

/** Rounded: an estimate is not exact. */
function about(ms: number): string {
  if (ms >= 120_000) return duration(Math.round(ms / 60_000) * 60_000)
  return duration(ms >= 60_000 ? Math.round(ms / 10_000) * 10_000 : Math.max(1_000, ms))
}
