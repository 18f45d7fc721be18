import type { Aws } from '../clients.ts'
import type { Operation } from './cause.ts'
import type { StackEvent } from './events.ts'
import { allEvents, failedOperations } from './operation-events.ts'

/**
 * Reads what AWS still has about stacks that failed. What it no longer returns, or refuses, is empty, not an error; only
 * an abort is thrown.
 */
export class Inquiry {
  constructor(
    private readonly aws: Aws,
    private readonly signal: AbortSignal,
  ) {}

  async failedOperations(arn: string): Promise<Operation[]> {
    return (await this.#ask(() => failedOperations(this.aws, arn, this.signal))) ?? []
  }

  async allEvents(arn: string): Promise<StackEvent[]> {
    return (await this.#ask(() => allEvents(this.aws, arn, this.signal))) ?? []
  }

  async #ask<Answer>(question: () => Promise<Answer>): Promise<Answer | undefined> {
    try {
      return await question()
    } catch {
      if (this.signal.aborted) throw this.signal.reason
      return undefined
    }
  }
}
