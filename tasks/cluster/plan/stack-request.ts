import type { Desired } from '../../aws/stack/creation.ts'
import type { Upload } from '../../aws/upload.ts'
import type { Use } from '../context.ts'
import { findAutomatic } from './find.ts'
import type { StackPlan } from './plan.ts'
import { settle } from './stack-plan.ts'

/** What is sent to CloudFormation, and what had to be uploaded for it. */
export interface StackRequest extends Desired {
  upload: Upload | undefined
}

/**
 * Determines what a creation or an update sends. `kept` are the automatic values that were determined before. A template too
 * large for a request is uploaded, so this is called only when a request is made.
 */
export async function stackRequest(
  use: Use,
  plan: StackPlan,
  kept: Record<string, string>,
): Promise<StackRequest> {
  const { loaded } = plan
  const found = await findAutomatic(use, plan, kept)
  const { name } = use.config.cluster
  const upload = loaded.needsBucket
    ? await (await import('../../aws/upload.ts')).uploadTemplate(use.aws, name, loaded, {
        clock: use.clock,
        signal: use.signal,
        tags: use.config.tags,
      })
    : undefined
  return {
    name,
    upload,
    body: loaded.body,
    url: upload?.url,
    digest: loaded.digest,
    parameters: settle(plan, found),
    capabilities: plan.capabilities,
    tags: use.config.tags,
    roleArn: use.config.aws.roleArn,
  }
}
