import type { Clue, Known } from './known.ts'

/** EC2 keeps a terminated instance and its console output for about an hour (EC2 user guide, "Troubleshoot unreachable instances"). */
const consoleOf = (id: string, region: string) =>
  `aws ec2 get-console-output --instance-id ${id} --latest --output text --region ${region}`

const instancesOf = ({ logicalId, region }: Clue) =>
  `aws ec2 describe-instances --filters Name=tag:aws:cloudformation:logical-id,Values=${logicalId} --query Reservations[].Instances[].InstanceId --output text --region ${region}`

function failed(clue: Clue, ids: string[]): string {
  const nodes = [...new Set([...ids, ...clue.signals.failed])]
  if (nodes.length === 0) {
    return `a node of ${clue.logicalId} reported that its installation failed; for about an hour its log shows why: ${instancesOf(clue)}, then ${consoleOf('ID', clue.region)}`
  }
  const which =
    nodes.length > 3 ? `${nodes.slice(0, 3).join(', ')} and ${nodes.length - 3} more` : nodes.join(', ')
  return `the installation failed on ${which} of ${clue.logicalId}; for about an hour the log shows why: ${consoleOf(nodes[0]!, clue.region)}`
}

function missing(clue: Clue, received: number | undefined, expected: number | undefined): string {
  const { logicalId, physicalId, region, signals } = clue
  const got = signals.received ?? received
  const all = signals.expected ?? expected
  const count =
    got !== undefined && all !== undefined
      ? `${got} of ${all} nodes of ${logicalId}`
      : `not all of ${logicalId}`
  const log = physicalId.startsWith('i-')
    ? consoleOf(physicalId, region)
    : `${instancesOf(clue)}, then ${consoleOf('ID', region)}`
  return `${count} came up in time; usually the other nodes cannot reach the server that they install from; for about an hour the log shows why: ${log}`
}

const number = (text: string | undefined) => (text === undefined ? undefined : Number(text))

/** Nodes that did not report that they are up, or reported that they are not. */
export const signalCauses: readonly Known[] = [
  {
    // Issue aws-quickstart/quickstart-linux-bastion#144.
    id: 'signal-failure',
    words: /Received \d+ FAILURE signal\(s\) out of \d+/,
    advice: (_match, clue) => failed(clue, []),
  },
  {
    // Issue aws-samples/well-architected-iac-analyzer#108.
    id: 'signal-failure',
    words: /^Received FAILURE signal with UniqueId (\S+)/,
    advice: (match, clue) => failed(clue, [match[1]!]),
  },
  {
    // User guide, "Create wait conditions in a CloudFormation template": the Reason and UniqueId of the signal.
    id: 'signal-failure',
    words: /WaitCondition received failed message: '(.*)' for uniqueId: (\S+)/i,
    advice: (match, clue) =>
      `${match[2]} reported "${match[1]}": fix that on the machine, then ${clue.again}`,
  },
  {
    // Issue aws-samples/aws-scalable-big-blue-button-example#78.
    id: 'signals-missing',
    words: /Received (\d+) SUCCESS signal\(s\) out of (\d+)/,
    advice: (match, clue) => missing(clue, number(match[1]), number(match[2])),
  },
  {
    // Issue aws/aws-parallelcluster#2105.
    id: 'signals-missing',
    words: /Failed to receive (\d+) resource signal\(s\)/,
    advice: (_match, clue) => missing(clue, undefined, undefined),
  },
  {
    // User guide, "Troubleshooting CloudFormation", "Wait condition didn't receive the required number of signals".
    id: 'signals-missing',
    words: /WaitCondition timed out\. Received (\d+) conditions when expecting (\d+)/i,
    advice: (match, clue) =>
      `${clue.logicalId} got ${match[1]} of ${match[2]} signals in time; for about an hour the log of the instances that send them shows why: ${consoleOf('ID', clue.region)}`,
  },
]
