import {
  CloudFormationClient,
  DescribeStackResourceCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation'
import {
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  DeleteNetworkInterfaceCommand,
  DeleteSecurityGroupCommand,
  EC2Client,
} from '@aws-sdk/client-ec2'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { optional } from '../optional.ts'
import { Project } from './project.ts'
import { Terminal, tmux } from './tmux.ts'

// Clusters create load balancers and security groups of their own, which CloudFormation does not know and which keep it
// from deleting their network.

const test = suite('destroy: blocking resources')

const SPEED = 500
const project = new Project()
const fast = `rehearsal.speed=${SPEED}`

/** The AWS client of a cluster's own agents. */
const agent = project.stranger(SPEED)
const cloudFormation = new CloudFormationClient(agent)
const ec2 = new EC2Client(agent)

/** Creates a cluster with a load balancer and a security group that one of its agents made. */
async function withBalancer(name: string) {
  const up = await project.run(['bootstrap', '--json', fast, `cluster.name=${name}`])
  assert.is(up.code, 0, up.stdout)
  const idOf = async (LogicalResourceId: string) => {
    const { StackResourceDetail } = await cloudFormation.send(
      new DescribeStackResourceCommand({ StackName: name, LogicalResourceId }),
    )
    return StackResourceDetail!.PhysicalResourceId!
  }
  const vpc = await idOf('Vpc')
  const { GroupId } = await ec2.send(
    new CreateSecurityGroupCommand({ GroupName: 'edge-elb', Description: 'of a balancer', VpcId: vpc }),
  )
  const { NetworkInterface } = await ec2.send(
    new CreateNetworkInterfaceCommand({
      SubnetId: await idOf('PublicSubnet'),
      Groups: [GroupId!],
      Description: 'ELB edge',
    }),
  )
  return { vpc, group: GroupId!, NetworkInterfaceId: NetworkInterface!.NetworkInterfaceId!, arn: up.end }
}

async function statusOf(stack: string): Promise<string | undefined> {
  try {
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: stack }))
    return Stacks?.[0]?.StackStatus
  } catch {
    return undefined
  }
}

test('the load balancer and the security group that block the network are named; once gone, a rerun finishes', async () => {
  const { group, NetworkInterfaceId, vpc } = await withBalancer('blocked')
  const words = ['destroy', '--yes', '--json', fast, 'cluster.name=blocked']
  const stuck = await project.run(words)
  assert.is(stuck.code, 1, stuck.stdout)
  const failure = stuck.events.find((event) => event.event === 'fail')!
  const { cause, code, next } = failure as unknown as Record<string, string>
  assert.is(code, 'STACK_DELETE_FAILED')
  assert.match(cause!, /^PublicSubnet subnet-\w+ \(AWS::EC2::Subnet\): .*has dependencies/)
  assert.match(cause!, new RegExp(`^in ${vpc}: load balancer edge$`, 'm'))
  assert.match(cause!, new RegExp(`^in ${vpc}: security group ${group} \\(edge-elb\\)$`, 'm'))
  assert.match(next!, /remove what is in the way, then npx task destroy/)
  assert.ok(
    stuck.end.left.some((id: string) => id.startsWith('subnet-')),
    stuck.stdout,
  )

  await ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId }))
  await ec2.send(new DeleteSecurityGroupCommand({ GroupId: group }))
  const rerun = await project.run(words)
  assert.equal([rerun.code, rerun.end.left, rerun.end.retained], [0, [], []], rerun.stdout)
})

optional(
  test,
  [tmux],
  'at a terminal: Enter stops, retain leaves blocking resources behind, layer by layer',
  async () => {
    const { vpc } = await withBalancer('kept')
    const terminal = new Terminal(project, 120, 40)
    try {
      terminal.run(`destroy --yes ${fast} cluster.name=kept`)
      const offered = await terminal.shows(/^Type retain to leave these behind, force .* Enter to stop:/m)
      assert.match(offered, /load balancer edge/)
      terminal.keys('Enter')
      assert.match(await terminal.ends(1), /STACK_DELETE_FAILED/)
      assert.is(await statusOf('kept'), 'DELETE_FAILED')

      terminal.run(`destroy --yes ${fast} cluster.name=kept`)
      await terminal.shows(/^Type retain/m)
      terminal.shell('retain')
      // The subnet is left behind; now its VPC cannot be deleted.
      await terminal.shows(/Vpc vpc-\w+ \(AWS::EC2::VPC\)/)
      await terminal.shows(/^Type retain.*\n+$|Enter to stop:\s*$/m)
      terminal.shell('retain')
      const end = await terminal.ends(0)
      assert.match(end, new RegExp(`retained.*${vpc}`, 's'))
      assert.is(await statusOf('kept'), undefined)

      const forced = await withBalancer('forced')
      terminal.run(`destroy --yes ${fast} cluster.name=forced`)
      await terminal.shows(/^Type retain/m)
      terminal.shell('force')
      assert.match(await terminal.ends(0), new RegExp(`retained.*${forced.vpc}`, 's'))
      assert.is(await statusOf('forced'), undefined)
    } finally {
      terminal.close()
    }
  },
)

test.after(() => project.remove())

test.run()
