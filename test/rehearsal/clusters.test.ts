import { CreateStackCommand, DeleteStackCommand } from '@aws-sdk/client-cloudformation'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Cloud } from '../../tasks/rehearsal/cloud.ts'
import { doorOf } from '../../tasks/rehearsal/masters.ts'
import { describe, FAST, refused, rehearse, settled } from './fixture.ts'

const clusters = suite('rehearsal: clusters')

function group(count: number) {
  return {
    Type: 'AWS::AutoScaling::AutoScalingGroup',
    Properties: {
      MinSize: count,
      MaxSize: count,
      LaunchTemplate: { LaunchTemplateId: { Ref: 'Launch' }, Version: '1' },
    },
    CreationPolicy: { ResourceSignal: { Count: count, Timeout: 'PT30M' } },
  }
}

const template = JSON.stringify({
  Parameters: { OAuthEnabled: { Type: 'String', Default: 'false' } },
  Resources: {
    Launch: {
      Type: 'AWS::EC2::LaunchTemplate',
      Properties: { LaunchTemplateData: { ImageId: 'ami-12345678', InstanceType: 'm5.large' } },
    },
    TheMasters: group(3),
    Workers: group(2),
    PublicWorkers: group(1),
    Balancer: { Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer', Properties: { Type: 'network' } },
  },
  Outputs: { DnsAddress: { Value: { 'Fn::GetAtt': ['Balancer', 'DNSName'] } } },
})

clusters(
  'the master answers at the load balancer, to several processes, as long as one of them lives',
  async () => {
    const first = rehearse({ speed: FAST / 2 })
    const { StackId } = await first.cloudFormation.send(
      new CreateStackCommand({ StackName: 'c', TemplateBody: template }),
    )
    const address = async () => (await describe(first.cloudFormation, 'c')).Outputs?.[0]?.OutputValue
    await settled(first.cloudFormation, 'c')
    const url = `http://${await address()}`
    await refused(fetch(url))
    const ours = await first.rehearsal.openMaster(url)
    assert.is(ours.servedBy, 'us')
    // Another process with the same state finds it served.
    const second = rehearse({ folder: first.folder })
    const theirs = await second.rehearsal.openMaster(url)
    assert.is(theirs.servedBy, 'sibling')
    const version = () => fetch(`${url}/dcos-metadata/dcos-version.json`)
    while ((await version()).status !== 200) {}
    const summary = async () =>
      (await (await fetch(`${url}/mesos/state-summary`)).json()) as { cluster: string; slaves: unknown[] }
    assert.equal([(await summary()).cluster, (await summary()).slaves.length], ['c', 3])
    await ours.close()
    for (;;) {
      if (theirs.servedBy === 'us') break
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    assert.is((await version()).status, 200)
    assert.match(
      (await refused(first.rehearsal.openMaster('http://127.0.0.1:19999'))).message,
      /no rehearsed load balancer/,
    )
    await first.cloudFormation.send(new DeleteStackCommand({ StackName: 'c' }))
    await settled(first.cloudFormation, StackId!)
    await theirs.close()
    await refused(fetch(url))
    first.remove()
  },
)

clusters('a cluster comes up node by node, and its applications are kept', async () => {
  const { folder, cloudFormation, remove } = rehearse({ speed: FAST / 2 })
  const { StackId } = await cloudFormation.send(
    new CreateStackCommand({ StackName: 'c', TemplateBody: template }),
  )
  const door = doorOf(new Cloud(folder, 1, 1, []), StackId!)
  const early = (await door.read())!
  assert.equal([early.up, early.masters.length, early.oauth], [false, 0, false])
  await settled(cloudFormation, 'c')
  let cluster = (await door.read())!
  while (!cluster.up) cluster = (await door.read())!
  assert.equal(
    [cluster.masters.length, cluster.agents.map(({ role }) => role).sort(), cluster.id],
    [3, ['agent', 'agent', 'agent_public'], early.id],
  )
  assert.match(cluster.id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
  await door.addApplication({ id: '/web', acceptedAt: 'now', definition: { cmd: 'sleep' } })
  const other = doorOf(new Cloud(folder, 1, 1, []), StackId!)
  assert.equal(
    (await other.read())!.apps.map(({ id }) => id),
    ['/web'],
  )
  await other.removeApplication('/web')
  assert.equal((await door.read())!.apps, [])
  await cloudFormation.send(new DeleteStackCommand({ StackName: 'c' }))
  await settled(cloudFormation, StackId!)
  assert.is(await door.read(), undefined)
  remove()
})

clusters.run()
