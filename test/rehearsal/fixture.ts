import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  CloudFormationClient,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  type Stack,
  type StackEvent,
} from '@aws-sdk/client-cloudformation'
import { EC2Client, ImportKeyPairCommand } from '@aws-sdk/client-ec2'
import { S3Client } from '@aws-sdk/client-s3'
import { STSClient } from '@aws-sdk/client-sts'
import { openRehearsal, type RehearsalOptions } from '../../tasks/rehearsal/index.ts'

/** Fast enough for a whole cluster within a second. */
export const FAST = 2000

const PUBLIC_KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3e2oGxgcR4q0b1P8mYq7c1o2XyWkqVb9J5nV0c2n1T someone@example'

/** A rehearsal in a folder of its own, with the SDK's own clients. */
export function rehearse(options: Partial<RehearsalOptions> = {}, region = 'eu-west-1') {
  const folder = options.folder ?? mkdtempSync(path.join(tmpdir(), 'rehearsal-'))
  const rehearsal = openRehearsal({ speed: FAST, seed: 1, fail: [], ...options, folder })
  const configuration = {
    region,
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' },
    requestHandler: rehearsal.requestHandler as never,
    maxAttempts: 1,
  }
  return {
    folder,
    rehearsal,
    configuration,
    cloudFormation: new CloudFormationClient(configuration),
    ec2: new EC2Client(configuration),
    s3: new S3Client(configuration),
    sts: new STSClient(configuration),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

export async function importKey(ec2: EC2Client, name = 'dcos'): Promise<void> {
  await ec2.send(new ImportKeyPairCommand({ KeyName: name, PublicKeyMaterial: Buffer.from(PUBLIC_KEY) }))
}

export async function describe(client: CloudFormationClient, name: string): Promise<Stack> {
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: name }))
  return Stacks![0]!
}

/** Polls until the stack is in a final state. */
export async function settled(client: CloudFormationClient, name: string): Promise<Stack> {
  for (;;) {
    const stack = await describe(client, name)
    if (!stack.StackStatus!.endsWith('_IN_PROGRESS')) return stack
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** All events, oldest first, over as many pages as there are. */
export async function events(client: CloudFormationClient, name: string): Promise<StackEvent[]> {
  const all: StackEvent[] = []
  let token: string | undefined
  do {
    const answer = await client.send(new DescribeStackEventsCommand({ StackName: name, NextToken: token }))
    all.push(...answer.StackEvents!)
    token = answer.NextToken
  } while (token)
  return all.reverse()
}

/** The error of a call; fails if it succeeds. */
export async function refused(
  call: Promise<unknown>,
): Promise<{ name: string; message: string; $metadata?: { httpStatusCode?: number } }> {
  try {
    await call
  } catch (error) {
    return error as { name: string; message: string }
  }
  throw new Error('expected an error')
}
