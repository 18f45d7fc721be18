import { CloudFormationClient } from '@aws-sdk/client-cloudformation'
import type { Aws } from './clients.ts'

export const cloudFormation = (aws: Aws) =>
  aws.client('cloudformation', (configuration) => new CloudFormationClient(configuration))
