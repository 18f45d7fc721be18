import type { Clue, Known } from './known.ts'

const interfaces = (filter: string, id: string, { region }: Clue) =>
  `aws ec2 describe-network-interfaces --filters Name=${filter},Values=${id} --region ${region}`

const filters: Record<string, string> = { vpc: 'vpc-id', subnet: 'subnet-id', sg: 'group-id' }

/** The advice for a resource that something else still uses, by the id in AWS's message: vpc-…, subnet-…, sg-…. */
function inUse(id: string | undefined, clue: Clue): string {
  const found = id || clue.physicalId
  const filter = filters[/^(\w+)-/.exec(found)?.[1] ?? '']
  const look = filter ? `: ${interfaces(filter, found, clue)}` : ''
  return `something outside the stack still uses ${found || clue.logicalId}${look}; remove it, then ${clue.again}`
}

/** What keeps a resource from being deleted. */
export const removalCauses: readonly Known[] = [
  {
    // Issues aws/aws-cdk#21776, F5Networks/f5-aws-cloudformation#52.
    id: 'bucket-not-empty',
    words: /bucket you tried to delete is not empty|BucketNotEmpty/i,
    advice: (_match, { logicalId, physicalId }) =>
      `npx task destroy empties the bucket ${physicalId || logicalId} and deletes it${physicalId ? `; by hand: aws s3 rb s3://${physicalId} --force` : ''}`,
  },
  {
    // Issue convox/rack#1090, issue eksctl-io/eksctl#253 (a load balancer that the cluster created).
    id: 'addresses-mapped',
    words: /(vpc-\w+) has some mapped public address/i,
    advice: (match, clue) =>
      `something with a public address is still in ${match[1]}, often a load balancer or gateway created by hand: ${interfaces('vpc-id', match[1]!, clue)}; remove it, then ${clue.again}`,
  },
  {
    // Issue aws/aws-cdk#14456.
    id: 'security-group-in-use',
    words: /resource (sg-\w+) has a dependent object/i,
    advice: (match, clue) => inUse(match[1], clue),
  },
  {
    // Issues chef-boneyard/chef-provisioning-aws#498 (subnet), giantswarm/aws-operator#109 (internet gateway), binlab/terraform-aws-vault-ha-raft#57 (VPC).
    id: 'dependencies',
    words: /The [\w ]+ '([\w-]+)' has dependencies and cannot be deleted|DependencyViolation/i,
    advice: (match, clue) => inUse(match[1], clue),
  },
  {
    // IAM API reference, DeleteRole and DeletePolicy: DeleteConflict.
    id: 'role-in-use',
    words:
      /DeleteConflict|must (?:detach all policies|remove roles from instance profile|delete policies) first/i,
    advice: (_match, { again, logicalId, physicalId }) => {
      const role = physicalId || logicalId
      return `a policy was attached to ${role} by hand: aws iam list-attached-role-policies --role-name ${role}; detach it, then ${again}`
    },
  },
  {
    // CloudFormation API reference, UpdateTerminationProtection; EC2 API reference, "Error codes": OperationNotPermitted.
    id: 'termination-protection',
    words: /TerminationProtection|termination protection|'disableApiTermination'/i,
    advice: (_match, { again, physicalId, region }) =>
      physicalId.startsWith('i-')
        ? `${physicalId} has termination protection: aws ec2 modify-instance-attribute --instance-id ${physicalId} --no-disable-api-termination --region ${region}, then ${again}`
        : `${physicalId || 'the stack'} has termination protection: aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name ${physicalId || 'NAME'} --region ${region}, then ${again}`,
  },
  {
    // User guide, "Get exported outputs from a deployed CloudFormation stack": an export in use keeps its stack.
    id: 'export-in-use',
    words: /Export (\S+) cannot be (?:deleted|updated) as it is in use by (.+?)\.?$/i,
    advice: (match, { again }) => `delete ${match[2]} first, which imports ${match[1]}, then ${again}`,
  },
]
