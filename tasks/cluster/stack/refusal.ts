import { refusedByAws } from '../../aws/failures.ts'
import { Failure } from '../../base/failure.ts'
import { redactUrl } from '../../base/redact-url.ts'
import type { Use } from '../context.ts'

/** Whether CloudFormation refuses because another operation has begun on the stack: then the stack must be checked again. */
export function isBusy(error: unknown): boolean {
  const { message, name } = error as Error
  return name === 'ValidationError' && /is in [A-Z_]+_IN_PROGRESS state/.test(message)
}

/** CloudFormation's rejection of a creation or an update, in the user's terms. */
export function refusedByCloudFormation(use: Use, error: unknown): unknown {
  const { name, message } = error as Error
  const { aws, cluster, template } = use.config
  const because = (code: 'ACCESS_DENIED' | 'PARAMETER_INVALID' | 'TEMPLATE_INVALID', next: string) =>
    new Failure(
      code,
      { message: `CloudFormation refuses ${redactUrl(template)}`, cause: message, next },
      error,
    )
  if (name === 'ValidationError' || name === 'InsufficientCapabilitiesException') {
    if (/\brole\b.*(invalid or )?cannot be assumed/i.test(message))
      return because(
        'ACCESS_DENIED',
        `CloudFormation must be trusted by the role ${aws.roleArn ?? 'it acts under'}`,
      )
    if (/^S3 error: Access Denied/i.test(message))
      return because('ACCESS_DENIED', 'allow CloudFormation (or the role it acts under) to read the template')
    if (/^Parameters?\b|parameter/i.test(message))
      return because('PARAMETER_INVALID', 'fix the parameter, in the config or in the template')
    return because('TEMPLATE_INVALID', 'fix the template')
  }
  return refusedByAws(error, `CloudFormation refuses stack ${cluster.name}`, 'see the reason above')
}
