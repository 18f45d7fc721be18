import { ACCOUNT } from '../stack/model.ts'
import { AwsError } from '../wire/errors.ts'
import type { Xml } from '../wire/xml.ts'

export const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/'

/** Any caller: a rehearsal verifies no credentials. */
export const CALLER = `arn:aws:iam::${ACCOUNT}:user/rehearsal`

export function sts(action: string): Xml {
  if (action !== 'GetCallerIdentity') {
    throw new AwsError('InvalidAction', `Could not find operation ${action} for version 2011-06-15`)
  }
  return { Arn: CALLER, UserId: 'AIDAREHEARSAL0000USER', Account: ACCOUNT }
}
