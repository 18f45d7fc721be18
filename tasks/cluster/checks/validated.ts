import { ValidateTemplateCommand } from '@aws-sdk/client-cloudformation'
import type { Aws } from '../../aws/clients.ts'
import { cloudFormation } from '../../aws/cloudformation.ts'
import type { StackPlan } from '../plan/plan.ts'
import { Depends } from './verdict.ts'

/** CloudFormation's own validation of a template's text; returns the capabilities that it requires. */
export async function validate(aws: Aws, { loaded }: StackPlan): Promise<string[]> {
  if (loaded.needsBucket) throw new Depends('it is too large to be sent in a request')
  const command = new ValidateTemplateCommand({ TemplateBody: loaded.body })
  const { Capabilities = [] } = await cloudFormation(aws).send(command)
  return Capabilities
}
