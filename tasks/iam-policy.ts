import { policyFor, resourcePermissions } from './aws/permissions.ts'
import type { Use } from './cluster/context.ts'
import type { Help } from './runner/help/text.ts'
import type { CommandTools } from './runner/taskfile.ts'

/** What `npx task help iam-policy` says. */
export const help: Help = {
  runs: 'prints, as JSON, the minimal IAM policy needed to manage the configured cluster',
  keys: ['region', 'cluster.name', 'template', 'parameters', 'aws.roleArn'],
  examples: [
    'iam-policy',
    'iam-policy cluster.name=dcos-test aws.roleArn=arn:aws:iam::123456789012:role/dcos',
  ],
}

/** Prints the minimal IAM policy needed to manage the configured cluster. */
export async function execute(use: Use & CommandTools): Promise<number> {
  const { loaded } = await use.plan()
  const types = [...new Set(Object.values(loaded.template.Resources).map(({ Type }) => Type))].sort()
  const { cluster, aws } = use.config
  const policy = policyFor({ name: cluster.name, region: use.aws.region, roleArn: aws.roleArn }, types)
  use.stdout.write(`${JSON.stringify(policy, null, 2)}\n`)
  const unknown = aws.roleArn ? [] : types.filter((type) => !Object.hasOwn(resourcePermissions, type))
  if (unknown.length > 0)
    use.stderr.write(
      `not included: what CloudFormation needs for ${unknown.join(', ')}; add that, or give CloudFormation a role (aws.roleArn)\n`,
    )
  return 0
}
