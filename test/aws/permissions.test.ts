import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { policyFor, requestPermissions, resourcePermissions } from '../../tasks/aws/permissions.ts'
import { parseTemplate } from '../../tasks/template/parse.ts'

const test = suite('aws/permissions')

/** The service of each client package in permissions and in `calls`. */
const services: Record<string, string> = {
  'client-auto-scaling': 'autoscaling',
  'client-cloudformation': 'cloudformation',
  'client-ec2': 'ec2',
  'client-s3': 's3',
  'client-sts': 'sts',
}

/** Every request that the code makes, by `service:Operation`. */
function requests(): Set<string> {
  const found = new Set<string>()
  const files = readdirSync('tasks', { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !name.startsWith('rehearsal'),
  )
  for (const file of files) {
    const text = readFileSync(path.join('tasks', file), 'utf8')
    for (const [, names, client] of text.matchAll(/import \{([^}]*)\} from '@aws-sdk\/([\w-]+)'/g)) {
      for (const [, command] of names!.matchAll(/\b(\w+)Command\b(?!Input|Output)/g))
        found.add(`${services[client!]}:${command}`)
      for (const [, operation] of names!.matchAll(/\bpaginate(\w+)/g))
        found.add(`${services[client!]}:${operation}`)
    }
    for (const [, service, operation] of text.matchAll(/callJson\(aws, (\w+), '(\w+)'/g)) {
      const name = { SERVICE_QUOTAS: 'servicequotas', SSM: 'ssm', TAGGING: 'tagging' }[service!]
      found.add(`${name}:${operation}`)
    }
  }
  return found
}

test('every request that the code makes has its permission, and every permission its request', () => {
  assert.equal([...requests()].sort(), Object.keys(requestPermissions).sort())
})

test('every type of our own template has its permissions', () => {
  const { Resources } = parseTemplate(readFileSync('templates/dcos.yaml', 'utf8'))
  const types = new Set(Object.values(Resources).map(({ Type }) => Type))
  assert.equal([...types].sort(), Object.keys(resourcePermissions).sort())
})

// AWS asks for the permission to tag wherever a resource is created with tags, which those of the stack are too.
test('what is created with tags may be tagged, and a policy is not larger than IAM takes', () => {
  const { Resources } = parseTemplate(readFileSync('templates/dcos.yaml', 'utf8'))
  const types = [...new Set(Object.values(Resources).map(({ Type }) => Type))]
  const tagged = Object.values(Resources).filter(
    ({ Properties }) => Properties?.Tags ?? Properties?.TagSpecifications,
  )
  assert.ok(tagged.length > 10)
  for (const { Type } of tagged) {
    const permissions = resourcePermissions[Type]!
    assert.ok(
      permissions.some((action) =>
        /:(CreateTags|AddTags|TagRole|CreateOrUpdateTags|PutBucketTagging)$/.test(action),
      ),
      Type,
    )
  }
  // "IAM and AWS STS quotas": the characters of a managed policy, without white space.
  const policy = policyFor({ name: 'a'.repeat(60), region: 'ap-southeast-1', roleArn: undefined }, types)
  const characters = JSON.stringify(policy).length
  assert.ok(characters <= 6144, `${characters} characters`)
})

test('changes are allowed only on the cluster', () => {
  const { Statement } = policyFor({ name: 'Prod', region: 'cn-north-1', roleArn: undefined }, [
    'AWS::EC2::VPC',
  ])
  const by = (sid: string) => Statement.find(({ Sid }) => Sid === sid)!
  assert.equal(by('Stack').Resource, ['arn:aws-cn:cloudformation:cn-north-1:*:stack/Prod/*'])
  assert.equal(by('Buckets').Resource, ['arn:aws-cn:s3:::prod*', 'arn:aws-cn:s3:::prod*/*'])
  assert.ok(
    by('Look').Action.every((action) => /:(Describe|Get|List|Validate|Decode)/.test(action)),
    by('Look').Action.join(),
  )
  assert.ok(by('Resources').Action.includes('ec2:CreateVpc'))
  const role = policyFor({ name: 'x', region: 'eu-west-1', roleArn: 'arn:aws:iam::1:role/r' }, [
    'AWS::EC2::VPC',
  ])
  assert.equal(role.Statement.at(-1), {
    Sid: 'PassRole',
    Effect: 'Allow',
    Action: ['iam:PassRole'],
    Resource: 'arn:aws:iam::1:role/r',
  })
})

test.run()
