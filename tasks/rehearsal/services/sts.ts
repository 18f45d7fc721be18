import { ACCOUNT } from '../stack/model.ts'
import { AwsError } from '../wire/errors.ts'
import type { Xml } from '../wire/xml.ts'

export const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/'

/** Whoever asks: nobody's credentials are verified in a rehearsal. */
export const CALLER = `arn:aws:iam::${ACCOUNT}:user/rehearsal`

export function sts(action: string): Xml {
  if (action !== 'GetCallerIdentity') {
    throw new AwsError('InvalidAction', `Could not find operation ${action} for version 2011-06-15`)
  }
  return { Arn: CALLER, UserId: 'AIDAREHEARSAL0000USER', Account: ACCOUNT }
}
