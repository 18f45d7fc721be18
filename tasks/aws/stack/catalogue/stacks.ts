import type { Known } from './known.ts'

const some = (ids: string[]) =>
  ids.length > 5 ? `${ids.slice(0, 5).join(', ')} and ${ids.length - 5} more` : ids.join(', ')

/** Reasons of CloudFormation itself. */
export const stackCauses: readonly Known[] = [
  {
    // Issue docker-archive/ecs-plugin#177.
    id: 'stack-timeout',
    words: /time exceeded the specified timeout/i,
    advice: (_match, { again, givenUp }) =>
      `${givenUp.length > 0 ? `${some(givenUp)} took too long` : 'it took too long'}: check whether they can reach what they need, then ${again}`,
  },
  {
    // Issue PacktPublishing/Implementing-DevOps-on-AWS#2: any parameter of an AWS-specific type.
    id: 'parameter',
    words: /parameter value (?:(\S+) )?for parameter name (\w+) does not exist/i,
    advice: (match, { again, region }) =>
      `there is no ${match[1] || 'such resource'} in ${region}: ${again} parameters.${match[2]}=VALUE`,
  },
  {
    // API reference, CancelUpdateStack.
    id: 'cancelled',
    words: /^Stack (?:update|creation) cancell?ed/i,
    advice: (_match, { again }) => `it was cancelled by a user; to continue: ${again}`,
  },
  {
    // Hooks user guide, "View invocation results"; user guide, "Validate stack deployments".
    id: 'hook',
    words: /hook\(s\) failed: \[([^\]]+)\]|^the hook (\S+) failed/i,
    advice: (match, { again }) =>
      `the account's hook ${match[1] ?? match[2]} refuses the resource as it is: change it in the template, or ask the owner of the hook, then ${again}`,
  },
  {
    // Issue aws-samples/aws-scalable-big-blue-button-example#74: the details are in the nested stack alone.
    id: 'nested',
    words: /Embedded stack (arn:\S+) was not successfully/i,
    advice: (match, { again, region }) =>
      `its own events say why: aws cloudformation describe-stack-events --stack-name ${match[1]} --region ${region}; then ${again}`,
  },
  {
    // CloudFormation CLI user guide, "Handler error codes": InternalFailure, ServiceInternalError, NetworkFailure.
    id: 'internal',
    words: /Internal ?Failure|InternalError|ServiceInternalError|NetworkFailure|internal error/i,
    advice: (_match, { again }) => `an internal error of AWS, usually temporary: ${again}`,
  },
]
