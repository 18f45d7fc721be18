import type { Agent } from 'node:http'
import { Failure } from '../base/failure.ts'
import { readUserFile, UnusableFile } from '../base/user-file.ts'
import { proxyAgent } from '../http/proxy.ts'

const MOST_BYTES = 10_000_000

/**
 * The agent for requests to AWS: through the user's proxy, if one is named, and trusting the certificate authorities in the PEM
 * file AWS_CA_BUNDLE instead of Node's own, as the aws CLI does. Undefined if neither is set. Throws CONFIG_INVALID.
 */
export async function awsAgent(environment: NodeJS.ProcessEnv): Promise<Agent | undefined> {
  const { AWS_CA_BUNDLE: bundle } = environment
  if (!bundle) return proxyAgent(environment)
  const ca = await readUserFile(bundle, MOST_BYTES).catch((error) => {
    throw error instanceof UnusableFile ? unusable(bundle, error.message) : error
  })
  if (!ca.includes('-----BEGIN CERTIFICATE-----'))
    throw unusable(bundle, 'it contains no certificate in PEM form')
  const { environmentAgent } = await import('../http/proxy-agent.ts')
  return environmentAgent(ca)
}

function unusable(bundle: string, cause: string): Failure {
  return new Failure('CONFIG_INVALID', {
    message: `AWS_CA_BUNDLE: ${bundle} cannot be used`,
    cause,
    next: "set AWS_CA_BUNDLE to a PEM file with your network's certificate authority, or unset it",
  })
}
