import type { KeyPair } from '../aws/key-pairs.ts'
import type { Stack, StackResource } from '../aws/stack/stack.ts'
import type { PermissionGap } from './permission-gap.ts'

/** What there is of a cluster. */
export interface Inventory {
  /** Undefined also where the stack of that name is somebody else's. */
  stack: Stack | undefined
  foreign: Stack | undefined
  /** What the stack and those nested in it hold. */
  resources: StackResource[]
  buckets: string[]
  keyPairs: KeyPair[]
  /** What could not be looked at, so that this may not be all. */
  unseen: PermissionGap[]
}

/** Everything in it by its id. */
export function idsOf({ buckets, keyPairs, stack }: Inventory): string[] {
  return [
    ...(stack ? [stack.arn] : []),
    ...buckets.map((bucket) => `s3://${bucket}`),
    ...keyPairs.map(({ id }) => id),
  ]
}
