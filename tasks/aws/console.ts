import { GetConsoleOutputCommand } from '@aws-sdk/client-ec2'
import type { Aws } from './clients.ts'
import { ec2 } from './ec2.ts'

/** An instance's console output, as far as EC2 keeps it: the last 64 kB; empty if there is none yet. */
export async function consoleOutput(aws: Aws, instance: string): Promise<string> {
  const command = new GetConsoleOutputCommand({ InstanceId: instance, Latest: true })
  // Only Nitro instances give their latest output at any time; others give what was saved last (EC2 API reference).
  const { Output = '' } = await ec2(aws)
    .send(command)
    .catch((error: Error) => {
      if (error.name !== 'UnsupportedOperation') throw error
      return ec2(aws).send(new GetConsoleOutputCommand({ InstanceId: instance }))
    })
  return Buffer.from(Output, 'base64').toString('utf8')
}
