import { describeStack, isOwnStack } from '../../aws/stack/stack.ts'
import { entryOf } from '../../aws/stack/status.ts'
import { checkCluster } from '../health.ts'
import { foreignStack } from '../stack/ownership.ts'
import type { Survey } from './survey.ts'
import { done, fail, failed, type Verdict, warn } from './verdict.ts'

/** Whether DC/OS is healthy, if the cluster is up; otherwise whether its name is free or ours. */
export async function dcos(survey: Survey): Promise<Verdict> {
  const { use } = survey
  const { name } = use.config.cluster
  const stack = await describeStack(use.aws, name)
  if (!stack) return done(`cluster ${name} is not up, and its name is free`)
  if (!isOwnStack(stack, name)) return failed(foreignStack(use.aws.region, stack))
  const entry = entryOf(stack.status)
  if (entry === 'unknown')
    return warn(
      `stack ${name} is ${stack.status}`,
      'npx task bootstrap says why, npx task destroy removes it',
    )
  if (entry === 'recreate')
    return warn(`stack ${name} is ${stack.status}`, 'npx task bootstrap creates it again')
  if (entry !== 'compare') return done(`stack ${name} is ${stack.status}`)
  const health = await checkCluster({ ...use, plan: survey.plan }, { stack })
  if (health.state === 'refused') return failed(health.failure)
  if (health.state === 'done') return done(health.why)
  return fail('DCOS_UNHEALTHY', health.why, 'npx task wait continues to wait; npx task help DCOS_UNREACHABLE')
}
