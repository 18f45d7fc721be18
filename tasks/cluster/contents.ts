import type { KeyPair } from '../aws/key-pairs.ts'
import type { Stack, StackResource } from '../aws/stack/stack.ts'
import type { PermissionGap } from './permission-gap.ts'

/** What exists of a cluster. */
export interface Inventory {
  /** Undefined also if the stack of that name is not ours. */
  stack: Stack | undefined
  foreign: Stack | undefined
  /** The resources of the stack and of those nested in it. */
  resources: StackResource[]
  buckets: string[]
  keyPairs: KeyPair[]
  /** What could not be listed, so this may be incomplete. */
  unseen: PermissionGap[]
}

/** The ids of everything in it. */
export function idsOf({ buckets, keyPairs, stack }: Inventory): string[] {
  return [
    ...(stack ? [stack.arn] : []),
    ...buckets.map((bucket) => `s3://${bucket}`),
    ...keyPairs.map(({ id }) => id),
  ]
}
