import type { Started } from '../../aws/stack/follow.ts'

/** What other tasks get to know about the stack. */
export interface StackValue {
  name: string
  arn: string
  status: string
  parameters: Record<string, string>
  outputs: Record<string, string>
  /** The operation that this run has started on it. */
  started?: Started | undefined
}
