import { parameterValue } from '../stack/parameters.ts'
import { AwsError } from '../wire/errors.ts'
import type { JsonCall } from './call.ts'

/** Every parameter with a well-formed name exists, and has the value that a stack naming it would get. */
export function ssm(action: string, { input, region, seed }: JsonCall): object {
  if (action !== 'GetParameters') throw new AwsError('UnknownOperationException', '')
  const names = Array.isArray(input.Names) ? input.Names.map(String) : []
  if (names.length < 1 || names.length > 10) {
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: Value at 'names' failed to satisfy constraint: Member must have length between 1 and 10`,
    )
  }
  const known = (name: string) => /^[\w./:-]+$/.test(name)
  return {
    Parameters: names.filter(known).map((Name) => ({
      Name,
      Type: 'String',
      Value: parameterValue(Name, '', seed),
      Version: 1,
      ARN: `arn:aws:ssm:${region}::parameter${Name}`,
      DataType: 'text',
    })),
    InvalidParameters: names.filter((name) => !known(name)),
  }
}
