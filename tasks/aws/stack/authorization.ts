import { DecodeAuthorizationMessageCommand, STSClient } from '@aws-sdk/client-sts'
import type { Aws } from '../clients.ts'

/** What was denied. */
export interface Denied {
  action: string
  resource: string
  /** Whether a policy forbids it; otherwise none allows it. */
  explicit: boolean
}

/**
 * Has STS decode what follows "Encoded authorization failure message:" in an error of EC2. Undefined if there is nothing encoded, or
 * if the caller is not allowed to decode it (sts:DecodeAuthorizationMessage); never throws. The format of the response: IAM user
 * guide, "DecodeAuthorizationMessage".
 */
export async function decodeDenial(
  aws: Aws,
  reason: string,
  signal: AbortSignal,
): Promise<Denied | undefined> {
  const encoded = /Encoded authorization failure message:\s*([\w-]{20,})/i.exec(reason)?.[1]
  if (!encoded) return undefined
  try {
    const sts = aws.client('sts', (configuration) => new STSClient(configuration))
    const answer = await sts.send(new DecodeAuthorizationMessageCommand({ EncodedMessage: encoded }), {
      abortSignal: signal,
    })
    const decoded = JSON.parse(answer.DecodedMessage ?? '') as {
      explicitDeny?: boolean
      context?: { action?: string; resource?: string }
    }
    const { action, resource } = decoded.context ?? {}
    return action ? { action, resource: resource ?? '', explicit: decoded.explicitDeny ?? false } : undefined
  } catch {
    return undefined
  }
}
