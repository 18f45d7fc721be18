import { policyFor, resourcePermissions } from './aws/permissions.ts'
import type { Use } from './cluster/context.ts'
import type { Help } from './runner/help/text.ts'
import type { CommandTools } from './runner/taskfile.ts'

/** What `npx task help iam-policy` says. */
export const help: Help = {
  runs: 'prints, as JSON, the IAM policy that whoever runs this needs for the configured cluster, and no more',
  keys: ['region', 'cluster.name', 'template', 'parameters', 'aws.roleArn'],
  examples: [
    'iam-policy',
    'iam-policy cluster.name=dcos-test aws.roleArn=arn:aws:iam::123456789012:role/dcos',
  ],
}

/** Prints the IAM policy that whoever runs this needs for the configured cluster, and no more. */
export async function execute(use: Use & CommandTools): Promise<number> {
  const { loaded } = await use.plan()
  const types = [...new Set(Object.values(loaded.template.Resources).map(({ Type }) => Type))].sort()
  const { cluster, aws } = use.config
  const policy = policyFor({ name: cluster.name, region: use.aws.region, roleArn: aws.roleArn }, types)
  use.stdout.write(`${JSON.stringify(policy, null, 2)}\n`)
  const unknown = aws.roleArn ? [] : types.filter((type) => !Object.hasOwn(resourcePermissions, type))
  if (unknown.length > 0)
    use.stderr.write(
      `not in it: what CloudFormation needs for ${unknown.join(', ')}; add that, or give CloudFormation a role (aws.roleArn)\n`,
    )
  return 0
}
