import type { Stack } from '../../aws/stack/stack.ts'
import { Failure } from '../../base/failure.ts'

/** The failure for a stack that is not ours. */
export function foreignStack(region: string, stack: Stack): Failure {
  return new Failure('STACK_FOREIGN', {
    message: `stack ${stack.name} in ${region} is not ours (${stack.arn})`,
    cause: "it does not have this cluster's tag, so dcos-bootstrap did not create it; it is left as it is",
    next: 'choose another cluster.name',
  })
}
