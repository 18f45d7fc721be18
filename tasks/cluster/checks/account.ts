import { Aws } from '../../aws/clients.ts'
import { homeRegion } from '../../aws/partition.ts'
import { regionState } from '../../aws/regions.ts'
import { Failure } from '../../base/failure.ts'
import type { Survey } from './survey.ts'
import { done, fail, failed, skipped, type Verdict, verdictOf, warn } from './verdict.ts'

/** AWS accepts a signature that is at most five minutes old (IAM User Guide, "Signature Version 4"). */
const SKEW_LIMIT_MS = 5 * 60_000
const SKEW_WORTH_A_WORD_MS = 60_000

/** The identity of the credentials. */
export async function identity(survey: Survey): Promise<Verdict> {
  try {
    const { account, arn } = await (await survey.introduction()).identity
    return done(`account ${account}, as ${arn}`)
  } catch (thrown) {
    // A policy may deny even this and still allow the rest.
    const { name } = ((thrown as Error).cause ?? {}) as Error
    if (name === 'AccessDenied' || name === 'AccessDeniedException') throw thrown
    // Without an identity nothing else can work.
    if (thrown instanceof Failure) return failed(thrown)
    return verdictOf(thrown)
  }
}

/** Whether the region exists, and the account may use it. */
export async function region({ use }: Survey): Promise<Verdict> {
  const { aws } = use
  let state: Awaited<ReturnType<typeof regionState>>
  try {
    state = await regionState(aws, aws.region)
  } catch (thrown) {
    const source = thrown instanceof Failure ? (thrown.cause as Error | undefined)?.name : undefined
    // A region that knows our permissions knows the account.
    if (source === undefined || source === 'UnauthorizedOperation' || aws.options.endpoint) throw thrown
    state = await fromHome(aws, thrown)
  }
  if (state === 'enabled') return done(`${aws.region} is enabled in this account`)
  if (state === 'not-enabled') {
    return fail(
      'ACCESS_DENIED',
      `the region ${aws.region} is not enabled in this account`,
      `aws account enable-region --region-name ${aws.region}, or choose another region`,
    )
  }
  return fail(
    'PARAMETER_INVALID',
    `AWS has no region ${aws.region} for this account`,
    'set region to one of those that npx task clusters all searches, such as eu-west-1',
  )
}

/** A region that is not enabled rejects our credentials, one that does not exist does not respond: another region can tell. */
async function fromHome(aws: Aws, unknown: unknown): ReturnType<typeof regionState> {
  const home = homeRegion(aws.region)
  if (home === aws.region) throw unknown
  // With its own credentials: a role cannot be assumed in a region that is not enabled.
  const there = new Aws({ ...aws.options, region: home })
  try {
    return await regionState(there, aws.region)
  } catch {
    throw unknown
  } finally {
    there.close()
  }
}

/** How far this machine's clock is off: signatures are valid for a few minutes only. */
export async function clock(survey: Survey): Promise<Verdict> {
  const { answered } = await survey.introduction()
  if (!answered) return skipped('AWS has not returned its time')
  const skew = answered.ours.getTime() - answered.theirs.getTime()
  const text = `this machine's clock is ${Math.round(Math.abs(skew) / 1000)} s ${skew < 0 ? 'behind' : 'ahead of'} AWS's`
  const next = 'set the clock, for example by switching on NTP (timedatectl set-ntp true)'
  if (Math.abs(skew) > SKEW_LIMIT_MS)
    return fail('ACCESS_DENIED', text, next, 'AWS rejects signatures whose time is off')
  // The header counts whole seconds.
  if (Math.abs(skew) < 2000) return done("this machine's clock agrees with AWS's")
  return Math.abs(skew) > SKEW_WORTH_A_WORD_MS ? warn(text, next) : done(text)
}
