import type { Config } from '../../../config/schema.ts'
import { Failure } from '../../base/failure.ts'

/** An existing network needs both the VPC and its subnets. Throws CONFIG_INVALID. */
export function judgeNetwork({ network }: Pick<Config, 'network'>): void {
  const { privateSubnets, subnets, vpc } = network
  if ((vpc === undefined) === (subnets === undefined) && (vpc !== undefined || privateSubnets === undefined))
    return
  throw new Failure('CONFIG_INVALID', {
    message: `network.${vpc === undefined ? 'vpc' : 'subnets'} is not set`,
    cause: 'an existing network needs both network.vpc and network.subnets',
    next: 'set both, or neither for a new network',
  })
}
