import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation'
import {
  DeleteKeyPairCommand,
  DescribeKeyPairsCommand,
  EC2Client,
  ImportKeyPairCommand,
} from '@aws-sdk/client-ec2'
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3'
import { generateKeyPair } from '../../tasks/aws/public-key.ts'

/** What a run needs to be let in. Every emulator takes any. */
export const credentials = { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'example' }

/** Somebody else in the same account, with AWS's own clients. */
export function strangerAt(endpoint: string) {
  const configuration = {
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIASTRANGER', secretAccessKey: 'stranger' },
    forcePathStyle: true,
  }
  const cloudFormation = new CloudFormationClient(configuration)
  const ec2 = new EC2Client(configuration)
  const s3 = new S3Client(configuration)
  const stacks = async (StackName: string) => {
    const { Stacks } = await cloudFormation
      .send(new DescribeStacksCommand({ StackName }))
      .catch(() => ({ Stacks: [] }))
    return (Stacks ?? []).map((stack) => stack.StackId!)
  }
  const keyPairs = async (name: string) => {
    const { KeyPairs } = await ec2.send(new DescribeKeyPairsCommand({}))
    return (KeyPairs ?? []).filter((pair) => pair.KeyName === name).map((pair) => pair.KeyPairId!)
  }
  return {
    importKey: (KeyName: string) =>
      ec2.send(
        new ImportKeyPairCommand({
          KeyName,
          PublicKeyMaterial: Buffer.from(generateKeyPair('stranger').publicKey),
        }),
      ),
    createStack: async (StackName: string): Promise<void> => {
      await cloudFormation.send(
        new CreateStackCommand({
          StackName,
          TemplateBody: JSON.stringify({ Resources: { Bucket: { Type: 'AWS::S3::Bucket' } } }),
        }),
      )
      await waitUntilStackCreateComplete(
        { client: cloudFormation, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
        { StackName },
      )
    },
    /** The ids of all that has to do with a name: what is left when a cluster is gone. */
    all: async (name: string): Promise<string[]> => {
      const { Buckets } = await s3.send(new ListBucketsCommand({}))
      const buckets = (Buckets ?? [])
        .map((bucket) => bucket.Name!)
        .filter((one) => one.startsWith(`${name}-`))
      return [...(await stacks(name)), ...(await keyPairs(name)), ...buckets]
    },
    remove: async (name: string): Promise<void> => {
      await ec2.send(new DeleteKeyPairCommand({ KeyName: name }))
      await cloudFormation.send(new DeleteStackCommand({ StackName: name }))
    },
    close: () => {
      for (const client of [cloudFormation, ec2, s3]) client.destroy()
    },
  }
}

export type Stranger = ReturnType<typeof strangerAt>
