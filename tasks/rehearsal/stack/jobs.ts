/** One resource's part in an operation: what it waits for, and what it does once it may start. */
export interface Job<R extends { endsAt: number; failed?: string | undefined }> {
  id: string
  needs: readonly string[]
  run(startsAt: number): R
}

/**
 * Runs every job as soon as all its needs have succeeded, otherwise in parallel. A job whose needs failed never starts.
 * The order of the jobs does not matter; `gap` is the time between the end of the last need and the start.
 */
export function runJobs<R extends { endsAt: number; failed?: string | undefined }>(
  jobs: readonly Job<R>[],
  startsAt: number,
  gap: (id: string) => number,
): Map<string, R & { startsAt: number }> {
  const byId = new Map(jobs.map((job) => [job.id, job]))
  const done = new Map<string, (R & { startsAt: number }) | undefined>()
  const visit = (job: Job<R>): (R & { startsAt: number }) | undefined => {
    if (done.has(job.id)) return done.get(job.id)
    // Cycles were refused with the template; this only prevents endless recursion.
    done.set(job.id, undefined)
    let ready = startsAt
    for (const need of job.needs) {
      const other = byId.get(need)
      if (!other) continue
      const result = visit(other)
      if (!result || result.failed !== undefined) return undefined
      ready = Math.max(ready, result.endsAt)
    }
    const begins = ready + gap(job.id)
    const result = { ...job.run(begins), startsAt: begins }
    done.set(job.id, result)
    return result
  }
  const results = new Map<string, R & { startsAt: number }>()
  for (const job of jobs) {
    const result = visit(job)
    if (result) results.set(job.id, result)
  }
  return results
}
