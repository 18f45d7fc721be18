import { CloudFormationClient, ListStacksCommand } from '@aws-sdk/client-cloudformation'
import { DescribeKeyPairsCommand, EC2Client } from '@aws-sdk/client-ec2'
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { slow } from '../optional.ts'
import { Project } from './project.ts'

const test = suite('kill -9')
const project = new Project()
const MOMENTS = 10
const SPEED = 300
const speed = `rehearsal.speed=${SPEED}`

/** The contents of the rehearsed cloud, queried over the AWS API. */
function cloud() {
  const configuration = { ...project.stranger(SPEED), forcePathStyle: true }
  return {
    stacksEver: async (name: string) => {
      const answer = await new CloudFormationClient(configuration).send(new ListStacksCommand({}))
      return (answer.StackSummaries ?? []).filter((stack) => stack.StackName === name)
    },
    keyPairs: async (name: string) => {
      const answer = await new EC2Client(configuration).send(new DescribeKeyPairsCommand({}))
      return (answer.KeyPairs ?? []).filter((pair) => pair.KeyName === name)
    },
    buckets: async (name: string) => {
      const answer = await new S3Client(configuration).send(new ListBucketsCommand({}))
      return (answer.Buckets ?? []).filter((bucket) => bucket.Name?.startsWith(name.toLowerCase()))
    },
  }
}

/** Runs the jobs three at a time: they mostly wait. */
async function spread(job: (index: number) => Promise<void>): Promise<void> {
  const queue = Array.from({ length: MOMENTS }, (_, index) => index)
  const worker = async () => {
    for (let index = queue.shift(); index !== undefined; index = queue.shift()) await job(index)
  }
  await Promise.all([worker(), worker(), worker()])
}

let bootstrapMs = 0
let destroyMs = 0

test.before(async () => {
  // The first start builds the bundle, and newer versions of Node cache its compiled code.
  await project.run(['status', speed])
  // How long an undisturbed run takes on this machine.
  const up = await project.run(['bootstrap', '--json', speed, 'cluster.name=probe'])
  const down = await project.run(['destroy', '--yes', '--json', speed, 'cluster.name=probe'])
  assert.equal([up.code, down.code], [0, 0], up.stdout + down.stdout)
  bootstrapMs = up.ms
  destroyMs = down.ms
})

slow(test, 'a bootstrap killed at ten moments is resumed, and creates one stack', async () => {
  let killed = 0
  await spread(async (index) => {
    const words = ['bootstrap', '--json', speed, `cluster.name=up${index}x`]
    const first = await project.run(words, { killAfter: (bootstrapMs * (index + 0.5)) / MOMENTS })
    if (first.signal === 'SIGKILL') killed++
    const second = await project.run(words)
    assert.is(second.code, 0, second.stdout)
    const third = await project.run(words)
    assert.equal(third.end.ran, [], `moment ${index}`)
    assert.is((await cloud().stacksEver(`up${index}x`)).length, 1)
    assert.is((await cloud().keyPairs(`up${index}x`)).length, 1)
  })
  assert.ok(killed >= MOMENTS - 3, `${killed} runs were really killed`)
})

slow(test, 'a destroy killed at ten moments is resumed, and leaves nothing', async () => {
  let killed = 0
  await spread(async (index) => {
    const name = `cluster.name=up${index}x`
    const first = await project.run(['destroy', '--yes', '--json', speed, name], {
      killAfter: (destroyMs * (index + 0.5)) / MOMENTS,
    })
    if (first.signal === 'SIGKILL') killed++
    const second = await project.run(['destroy', '--yes', '--json', speed, name])
    assert.is(second.code, 0, second.stdout)
    assert.equal(second.end.left, [])
    const [stack] = await cloud().stacksEver(`up${index}x`)
    assert.is(stack?.StackStatus, 'DELETE_COMPLETE')
    assert.equal(await cloud().keyPairs(`up${index}x`), [])
    assert.equal(await cloud().buckets(`up${index}x`), [])
    assert.is((await project.run(['status', speed, name])).code, 3)
  })
  assert.ok(killed >= MOMENTS - 3, `${killed} runs were really killed`)
})

test.after(() => project.remove())

test.run()
