import { asFailure } from '../../base/failure.ts'
import type { Survey } from './survey.ts'
import { failed, skipped, type Verdict, verdictOf, warn } from './verdict.ts'

export type DoctorCheck = (survey: Survey) => Promise<Verdict>

/** The time limit of each check, in real milliseconds. */
const DEADLINE_MS = 15_000

/** Runs checks in parallel; each ends in a verdict. Rejects only with the signal's reason. */
export function examine(
  checks: Record<string, DoctorCheck>,
  survey: Survey,
): { name: string; verdict: Promise<Verdict> }[] {
  const { signal } = survey.use
  const deadline = AbortSignal.timeout(DEADLINE_MS)
  const over = new Promise<Verdict>((resolve, reject) => {
    const late = () => resolve(warn(`could not be checked: no response within ${DEADLINE_MS / 1000} s`))
    deadline.addEventListener('abort', late, { once: true })
    const stop = () => reject(signal.reason)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
  const identity = checks.identity && verdict(checks.identity, survey)
  return Object.entries(checks).map(([name, check]) => {
    const own =
      name === 'identity' ? identity! : verdict(check, survey).then((one) => orSkipped(one, identity))
    const found = Promise.race([own, over])
    // Awaited one after the other: the first one interrupted ends the wait.
    found.catch(() => undefined)
    return { name, verdict: found }
  })
}

/** Missing credentials or an unreachable AWS are reported once: the other checks do not repeat it. */
async function orSkipped(own: Verdict, identity: Promise<Verdict> | undefined): Promise<Verdict> {
  if (own.state !== 'warn' || own.code === undefined) return own
  const found = await identity
  return found?.state === 'fail' && found.code === own.code ? skipped(`${found.message} (see identity)`) : own
}

async function verdict(check: DoctorCheck, survey: Survey): Promise<Verdict> {
  try {
    return await check(survey)
  } catch (thrown) {
    try {
      return verdictOf(thrown)
    } catch (fault) {
      return failed(asFailure(fault))
    }
  }
}
