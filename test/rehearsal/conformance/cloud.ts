import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  CloudFormationClient,
  CreateStackCommand,
  type CreateStackCommandInput,
  DescribeStackResourcesCommand,
  type Stack,
  type StackEvent,
} from '@aws-sdk/client-cloudformation'
import { EC2Client } from '@aws-sdk/client-ec2'
import { S3Client } from '@aws-sdk/client-s3'
import { STSClient } from '@aws-sdk/client-sts'
import { type Fault, openRehearsal } from '../../../tasks/rehearsal/index.ts'
import { events, settled } from '../fixture.ts'

/** One documented behaviour, and how the rehearsal is asked about it. */
export interface Row {
  question: string
  /** Where the answer is documented, or where real answers were seen. */
  source: string
  documented: string | RegExp
  ask: (cloud: Cloud) => Promise<unknown>
}

interface Clients {
  cloudFormation: CloudFormationClient
  ec2: EC2Client
  s3: S3Client
  sts: STSClient
}

/** One rehearsed cloud over HTTP, shared by all questions: each uses its own names. */
export class Cloud implements Clients {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'conformance-'))
  private readonly closing: (() => unknown)[] = []
  private count = 0
  cloudFormation!: CloudFormationClient
  ec2!: EC2Client
  s3!: S3Client
  sts!: STSClient

  async open(): Promise<void> {
    Object.assign(this, await this.clients())
  }

  /** Clients of the same cloud, with faults. */
  async clients(
    fail: Fault[] = [],
    { region = 'eu-west-1', accessKeyId = 'AKIATEST', speed = 4000 } = {},
  ): Promise<Clients> {
    const listening = await openRehearsal({ folder: this.folder, speed, seed: 1, fail }).listen(0)
    const configuration = {
      endpoint: listening.url,
      region,
      credentials: { accessKeyId, secretAccessKey: 'secret' },
      maxAttempts: 1,
    }
    const clients = {
      cloudFormation: new CloudFormationClient(configuration),
      ec2: new EC2Client(configuration),
      s3: new S3Client({ ...configuration, forcePathStyle: true }),
      sts: new STSClient(configuration),
    }
    this.closing.push(() => {
      for (const client of Object.values(clients)) client.destroy()
      return listening.close()
    })
    return clients
  }

  async close(): Promise<void> {
    await Promise.all(this.closing.map((close) => close()))
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** An unused name. */
  name(): string {
    return `n${++this.count}`
  }

  /** Creates a stack and waits until it is in a final state. */
  async create(
    template: object | string,
    over: Partial<CreateStackCommandInput> = {},
    clients: Clients = this,
  ): Promise<Stack & { StackId: string }> {
    const { StackId } = await this.begin(template, over, clients)
    return { ...(await settled(this.cloudFormation, StackId)), StackId }
  }

  /** Creates a stack and does not wait. */
  async begin(
    template: object | string,
    over: Partial<CreateStackCommandInput> = {},
    clients: Clients = this,
  ): Promise<{ StackId: string; OperationId: string | undefined; name: string }> {
    const name = over.StackName ?? this.name()
    const TemplateBody = typeof template === 'string' ? template : JSON.stringify(template)
    const { StackId, OperationId } = await clients.cloudFormation.send(
      new CreateStackCommand({ StackName: name, TemplateBody, ...over }),
    )
    return { StackId: StackId!, OperationId, name }
  }

  settled(name: string): Promise<Stack> {
    return settled(this.cloudFormation, name)
  }

  /** Oldest first. */
  events(name: string): Promise<StackEvent[]> {
    return events(this.cloudFormation, name)
  }

  /** Status and reason of a resource's events, or of the stack's own. */
  async told(name: string, resource: string): Promise<string[]> {
    const own = (await this.events(name)).filter((one) => one.LogicalResourceId === resource)
    return own.map((one) => [one.ResourceStatus, one.ResourceStatusReason].filter(Boolean).join(' '))
  }

  async physicalId(name: string, resource: string): Promise<string> {
    const { StackResources } = await this.cloudFormation.send(
      new DescribeStackResourcesCommand({ StackName: name, LogicalResourceId: resource }),
    )
    return StackResources![0]!.PhysicalResourceId!
  }
}

/** Code and message of the error that a call ends with. */
export async function error(call: Promise<unknown>): Promise<string> {
  try {
    await call
  } catch (caught) {
    const { name, message } = caught as Error
    return `${name}: ${message}`
  }
  return 'accepted'
}

export const topic = (more: object = {}) => ({ Type: 'AWS::SNS::Topic', ...more })
export const one = { Resources: { Topic: topic() } }
