import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import type { Aws } from './clients.ts'

export interface Identity {
  account: string
  arn: string
}

export interface Introduction {
  /** Who we are to AWS; rejected with the Failure that says why AWS does not accept us. */
  identity: Promise<Identity>
  /** When AWS answered, by its clock and by ours, even if it refused. Undefined without an answer. */
  answered: { theirs: Date; ours: Date } | undefined
}

/** Asks AWS who we are, which needs no permission (STS, GetCallerIdentity). Never throws. */
export async function introduce(aws: Aws): Promise<Introduction> {
  const command = new GetCallerIdentityCommand({})
  let answered: Introduction['answered']
  command.middlewareStack.add(
    (next) => async (request) => {
      const result = await next(request)
      const { headers } = result.response as { headers?: Record<string, string> }
      const theirs = new Date(headers?.date ?? '')
      if (!Number.isNaN(theirs.getTime())) answered = { theirs, ours: new Date() }
      return result
    },
    // Close to the wire, where an error is still a response.
    { step: 'deserialize', priority: 'low', name: 'readDate' },
  )
  const client = sts(aws)
  const identity = client.send(command).then(({ Account = '', Arn = '' }) => ({ account: Account, arn: Arn }))
  await identity.catch(() => undefined)
  return { identity, answered }
}

/** Resolves the credentials that requests would be signed with. Throws CREDENTIALS_MISSING, CREDENTIALS_EXPIRED. */
export async function findCredentials(aws: Aws): Promise<void> {
  const { config } = sts(aws)
  try {
    await config.credentials()
  } catch (error) {
    throw await aws.explain(error, 'sts:GetCallerIdentity')
  }
}

function sts(aws: Aws): STSClient {
  return aws.client('sts', (configuration) => new STSClient(configuration))
}
