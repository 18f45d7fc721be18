import type { Started } from '../../aws/stack/follow.ts'
import type { Stack } from '../../aws/stack/stack.ts'

/** What other tasks get about the stack. */
export interface StackValue {
  name: string
  arn: string
  status: string
  parameters: Record<string, string>
  outputs: Record<string, string>
  /** The operation that this run has started on it. */
  started?: Started | undefined
}

/** The value for the tasks that need the stack. */
export function stackValue({ arn, name, outputs, parameters, status }: Stack): StackValue {
  return { name, arn, status, parameters, outputs }
}
