import type { Site, Work } from './build.ts'

export interface Settled {
  /** What succeeded. */
  done: [string, Work][]
  failed: string[]
  endsAt: number
  /** The limit passed before anything failed. */
  late: boolean
}

/**
 * Writes the events until the first failure. What was still in progress then is cancelled, unless it was configured to
 * fail as well: then it does so in the same second. What had not begun never begins.
 */
export function settleWorks(
  site: Pick<Site, 'recorder'>,
  works: ReadonlyMap<string, Work & { startsAt: number }>,
  verb: 'CREATE' | 'UPDATE',
  limit?: number,
): Settled {
  const { recorder } = site
  const { timeline } = recorder
  const all = [...works]
  const firstFailure = Math.min(
    ...all.map(([, work]) => (work.failed === undefined ? Number.POSITIVE_INFINITY : work.endsAt)),
  )
  const end = Math.max(...all.map(([, work]) => work.endsAt), 0)
  const late = limit !== undefined && limit < Math.min(firstFailure, end)
  const cut = late ? limit : firstFailure
  const failed: string[] = []
  const done: Settled['done'] = []
  let endsAt = 0
  for (const [id, work] of all) {
    if (work.startsAt > cut) {
      work.undo?.()
      continue
    }
    for (const happening of work.happenings) if (happening.at <= cut) recorder.write(happening)
    const { incarnation } = work
    if (incarnation && incarnation.from <= cut) timeline.incarnations.push(incarnation)
    timeline.machines.push(...work.machines.filter((machine) => machine.launchedAt <= cut))
    for (const { machine, at } of work.stopped) if (at <= cut) machine.terminatedAt = at
    if (work.endsAt <= cut) {
      endsAt = Math.max(endsAt, work.endsAt)
      if (work.failed !== undefined) failed.unshift(id)
      else {
        done.push([id, work])
        work.complete?.()
      }
      continue
    }
    const last = work.happenings.filter((happening) => happening.at <= cut).at(-1)!
    const own = work.struck !== undefined && !late
    const at = cut + (own ? recorder.span(0.01, 0.1, id, 'same') : recorder.span(0.11, 0.8, id, 'cancel'))
    endsAt = Math.max(endsAt, at)
    failed.push(id)
    const made = verb === 'CREATE' || last.status.startsWith('CREATE')
    recorder.write({
      ...last,
      at,
      status: `${made ? 'CREATE' : 'UPDATE'}_FAILED`,
      reason: own ? work.failed! : `Resource ${made ? 'creation' : 'update'} cancelled`,
      struck: own ? work.struck : undefined,
    })
  }
  return { done, failed, endsAt: Math.max(endsAt, late ? limit : 0), late }
}
