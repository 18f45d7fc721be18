import type { Clue, Known } from './known.ts'

/** Which action on which resource, from "User: … is not authorized to perform: iam:CreateRole on resource: arn:… because …". */
function what({ denied, logicalId, reason, type }: Clue): { action: string; text: string } {
  const action =
    denied?.action ??
    /perform: ?([\w-]+:\w+)/.exec(reason)?.[1] ??
    /\bAPI: ([\w-]+:\w+)/.exec(reason)?.[1] ??
    /with the call to:? (\w+)/.exec(reason)?.[1]
  const resource =
    denied?.resource ??
    /on resource: (.+?)(?= because | with an explicit | \(Service:|"|$)/
      .exec(reason)?.[1]
      ?.replace(/[.,]$/, '')
  const name = action ?? `what ${logicalId} (${type}) needs`
  return { action: name, text: `${name}${resource ? ` on ${resource}` : ''}` }
}

/** Missing permissions and invalid credentials. */
export const accessCauses: readonly Known[] = [
  {
    // User guide IAM, "Access denied error message examples"; issue aws/karpenter-provider-aws#8190.
    id: 'service-control-policy',
    words: /explicit deny in a service control policy/i,
    advice: (_match, clue) =>
      `a service control policy of the organisation forbids ${what(clue).text}: only its administrators can allow it; otherwise use another account or region`,
  },
  {
    // Issue aws-samples/aws-saas-factory-ref-solution-serverless-saas#26; EC2 API reference, "Error codes": RequestExpired.
    id: 'credentials-expired',
    words: /security token included in the request is expired|ExpiredToken|Request ?(?:has )?expired/i,
    advice: (_match, { again }) =>
      `the credentials have expired in the meantime: renew them (aws sso login, or new keys), or let CloudFormation use a role of its own (aws.roleArn=ARN), then ${again}`,
  },
  {
    // Issue jenseickmeyer/github-commit-status-bot#3; STS API reference, GetSessionToken: no IAM calls without MFA.
    id: 'credentials-without-iam',
    words: /security token included in the request is invalid|InvalidClientTokenId/i,
    advice: (_match, { again, type }) =>
      type.startsWith('AWS::IAM::')
        ? `temporary credentials without MFA cannot call IAM: use an assumed role, keys that do not expire, or aws.roleArn=ARN, then ${again}`
        : `AWS no longer accepts the credentials: renew them, then ${again}`,
  },
  {
    // Issue aws-amplify/amplify-cli#4446, issue awslabs/aws-deployment-framework#283; the account guide, "Enable or disable Regions".
    id: 'region-disabled',
    words:
      /not subscribed to this service|needs a subscription for the service|OptInRequired|region \S+ is (?:disabled|not enabled)/i,
    advice: (_match, { again, region }) =>
      `enable the region: aws account enable-region --region-name ${region}; if it is enabled, the account's sign-up is not finished; then ${again}`,
  },
  {
    // EC2 API reference, "Error codes": PendingVerification, Blocked.
    id: 'account-pending',
    words: /PendingVerification|being validated|account is currently blocked/i,
    advice: (_match, { again }) => `AWS is still verifying the account: wait for its email, then ${again}`,
  },
  {
    // Issue aws/serverless-application-model#51.
    id: 'capabilities',
    words: /Requires capabilities ?: ?\[([\w, ]+)\]/i,
    advice: (match, { again }) =>
      `the template needs ${match[1]}, which is only granted for what it declares itself: move the resource into the template, or remove custom names from its nested stack, then ${again}`,
  },
  {
    // Issues alexcasalboni/aws-lambda-power-tuning#154 (explicit deny), aws/aws-cdk#27067 (identity-based policy),
    // eksctl-io/eksctl#365 (the form that names the call), aws-samples/unishop-monolith-to-microservices#47 (S3's two words).
    id: 'access-denied',
    words:
      /not authorized to perform|UnauthorizedOperation|Access ?Denied|Error Code: (?:AccessDenied|Unauthorized)\w*|have IAM permissions/i,
    advice: (match, clue) => {
      const { text } = what(clue)
      const explicit = /explicit deny(?: in an? ([\w -]+?policy|permissions boundary))?/i.exec(clue.reason)
      const ask =
        explicit || clue.denied?.explicit
          ? `${explicit?.[1] ? `the ${explicit[1]}` : 'a policy'} forbids ${text}: have that changed`
          : `ask for permission to ${text}`
      const encoded = /Encoded authorization failure message/i.test(match.input) && !clue.denied
      const decode = encoded
        ? `; to see what exactly was refused: aws sts decode-authorization-message --encoded-message TEXT, with the event's text`
        : ''
      return `${ask}, or let CloudFormation use a role that has it (aws.roleArn=ARN), then ${clue.again}${decode}`
    },
  },
]
