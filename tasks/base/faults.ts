import { Failure } from './failure.ts'

/** Several failures as one. Its code is that of the first. */
class Several extends Failure {
  constructor(readonly parts: readonly [Failure, ...Failure[]]) {
    super(parts[0].code, {
      message: `${parts.length} problems found`,
      cause: parts.map(paragraph).join('\n'),
      next: 'fix all of them, then run the same command again',
    })
  }
}

/** Collects failures, so that all of them can be reported at once. */
export class Faults {
  readonly #found: Failure[] = []

  add(failure: Failure): void {
    this.#found.push(...(failure instanceof Several ? failure.parts : [failure]))
  }

  /** The value of a step; undefined if it throws a Failure, which is added. */
  async of<Value>(step: () => Value | Promise<Value>): Promise<Value | undefined> {
    try {
      return await step()
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown
      this.add(thrown)
      return undefined
    }
  }

  /** Everything added, as one failure; undefined if there is none. */
  get failure(): Failure | undefined {
    const [first, ...others] = this.#found
    return first && others.length > 0 ? new Several([first, ...others]) : first
  }

  throwAny(): void {
    if (this.failure) throw this.failure
  }
}

/** One failure as a paragraph: what is wrong, and below it why and what to do about it. */
function paragraph({ message, next, why }: Failure): string {
  const below = [...(why ? [why] : []), ...(next ? [`next: ${next}`] : [])]
  return [message, ...below.map((text) => `  ${text.split('\n').join('\n  ')}`)].join('\n')
}
