import type { Clue, Known } from './known.ts'

const image = (id: string | undefined, { again, region }: Clue) => {
  const which = id ?? 'the AMI'
  const look = id
    ? `; aws ec2 describe-images --image-ids ${id} --region ${region} shows whether it exists`
    : ''
  return `${which} is not available to this account in ${region}: name another in the template or its parameter (parameters.ImageId=ami-…), then ${again}${look}`
}

const otherType = ({ again }: Clue) => `choose another instance type: ${again} agents.instanceType=TYPE`

/** What instances need: images, types, zones. */
export const instanceCauses: readonly Known[] = [
  {
    // Issues m-chandler/factorio-spot-pricing#30, aws-samples/aws-cdk-examples#1086. Auto Scaling user guide: "Migrate to launch templates".
    id: 'launch-configuration',
    words: /Launch Configuration creation operation is not available/i,
    advice: (_match, { again }) =>
      `newer AWS accounts cannot use launch configurations: use a template of your own with launch templates: ${again} template=PATH`,
  },
  {
    // Issue F5Networks/f5-aws-cloudformation#45, with its address.
    id: 'marketplace',
    words: /accept terms and subscribe(?:.*?(https?:\/\/[^\s")]+))?/i,
    advice: (match, { again }) =>
      `accept the image's terms with this account at ${match[1] ?? 'the AWS Marketplace'}, then ${again}`,
  },
  {
    // Issues doccano/doccano#190, neo4j-contrib/ec2neo#11 (without brackets), kgxsz/devops-101#3 ("Not authorized for images").
    id: 'image-not-found',
    words: /image id '\[?(ami-\w+)\]?' does not exist|Not authorized for images: \[(ami-\w+)/i,
    advice: (match, clue) => image(match[1] ?? match[2], clue),
  },
  {
    // EC2 API reference, "Error codes": InvalidAMIID.NotFound, InvalidAMIID.Unavailable.
    id: 'image-not-found',
    words: /InvalidAMIID\.(?:NotFound|Unavailable|Malformed)/,
    advice: (_match, clue) => image(undefined, clue),
  },
  {
    // Issue eksctl-io/eksctl#8235; the older words: issue pulumi/pulumi-eks#110.
    id: 'architecture',
    words:
      /architecture '?\(?(\w+)'?\)?(?: of the specified instance type)? does not match the architecture (?:in the manifest for ami-\w+ \((\w+)|'(\w+)')/i,
    advice: (match, { again }) =>
      `the instance type is ${match[1]}, the AMI ${match[2] ?? match[3]}: choose a type or an AMI that matches: ${again} agents.instanceType=TYPE`,
  },
  {
    // Issue hashicorp/terraform-provider-aws#19712.
    id: 'image-without-ena',
    words: /\(ENA\) is required for the '([\w.-]+)' instance type/i,
    advice: (match, { again }) =>
      `the AMI has no network driver for ${match[1]}: use a newer AMI, or an older type such as m4: ${again} agents.instanceType=m4.xlarge`,
  },
  {
    // Issue RhinoSecurityLabs/cloudgoat#247.
    id: 'image-boot-mode',
    words: /The ([\w.-]+) instance type does not support an AMI with a boot mode of (\S+?)\./i,
    advice: (match, { again }) =>
      `${match[1]} cannot boot an AMI made for ${match[2]}: choose a type of the Nitro system, such as m5: ${again} agents.instanceType=m5.xlarge`,
  },
  {
    // EC2 user guide, "Troubleshoot instance launch issues": a virtualization type that the instance type does not have.
    id: 'image-virtualization',
    words: /virtualization type of '(\w+)' (?:is|are) (?:currently )?not supported/i,
    advice: (match, clue) =>
      `the AMI's virtualization is ${match[1]}: use another AMI, or ${otherType(clue)}`,
  },
  {
    // Issue aws-cloudformation/aws-cloudformation-resource-providers-awsutilities-commandrunner#37.
    id: 'zone-unsupported',
    words:
      /requested instance type \(([\w.-]+)\) is not supported in your requested Availability Zone \(([\w-]+)\)(?:.*? or choosing ([a-z]{2}-[\w-]+))?/i,
    advice: (match, { again }) =>
      `${match[2]} does not offer ${match[1]}: choose another type (${again} agents.instanceType=TYPE)${match[3] ? `, or a zone that does, if the template has a parameter for it: parameters.Zone=${match[3]}` : ''}`,
  },
  {
    // Issue trailofbits/algo#1285.
    id: 'type-unsupported',
    words:
      /requested configuration is currently not supported|InvalidFleetConfiguration|InstanceTypeNotSupported/i,
    advice: (_match, { again, region }) =>
      `${region} does not offer the instance type in this configuration: choose another: ${again} agents.instanceType=TYPE`,
  },
  {
    // EC2 user guide, "Insufficient instance capacity"; issue scylladb/scylla-cluster-tests#5119.
    id: 'capacity',
    words:
      /do not have sufficient (?:([\w.-]+) )?capacity|InsufficientInstanceCapacity|InsufficientCapacity/i,
    advice: (match, { again }) =>
      `AWS has no ${match[1] && match[1] !== 'capacity' ? match[1] : 'such instance'} free in that zone right now: wait and ${again}, or choose another type: agents.instanceType=TYPE`,
  },
  {
    // Issue aws/aws-cli#3952; with a launch template: issue Guimove/terraform-aws-bastion#173.
    id: 'key-pair',
    words: /key pair '([^']+)' does not exist|InvalidKeyPair\.NotFound/i,
    advice: (match, { again, region }) =>
      `import the key pair${match[1] ? ` ${match[1]}` : ''} into ${region} again: npx task keypair, then ${again}`,
  },
  {
    // Issue campsych/concerto-platform#345: a key of that name may exist in another region.
    id: 'key-pair',
    words: /parameter value (?:(\S+) )?for parameter name \w*Key\w* does not exist/i,
    advice: (match, { again, region }) =>
      `import the key pair${match[1] ? ` ${match[1]}` : ''} into ${region} again: npx task keypair, then ${again}`,
  },
  {
    // Issues aws-samples/amazon-ec2-gitlab-runner#16, hashicorp/terraform-provider-aws#29866 (comes and goes), Netflix/metaflow-tools#9.
    id: 'instance-profile',
    words: /Invalid I(?:am|AM) ?Instance ?Profile|parameter iamInstanceProfile\.\w+ is invalid/i,
    advice: (_match, { again }) =>
      `IAM needs some seconds until a new instance profile is known everywhere: ${again}; if it fails again, the template names a role where it needs an instance profile`,
  },
]
