import type { Started } from '../../aws/stack/follow.ts'
import type { Stack } from '../../aws/stack/stack.ts'

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

/** What the tasks that need the stack get to know of it. */
export function stackValue({ arn, name, outputs, parameters, status }: Stack): StackValue {
  return { name, arn, status, parameters, outputs }
}
