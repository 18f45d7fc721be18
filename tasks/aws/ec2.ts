import { EC2Client } from '@aws-sdk/client-ec2'
import type { Aws } from './clients.ts'

export const ec2 = (aws: Aws) => aws.client('ec2', (configuration) => new EC2Client(configuration))
