import { Failure } from './failure.ts'

/** Several things that are wrong at once, as one failure. Its code is that of the first. */
class Several extends Failure {
  constructor(readonly parts: readonly [Failure, ...Failure[]]) {
    super(parts[0].code, {
      message: `${parts.length} things are wrong`,
      cause: parts.map(told).join('\n'),
      next: 'put all of them right, then run the same line again',
    })
  }
}

/** Collects what is wrong, so that all of it can be said at once. */
export class Faults {
  readonly #found: Failure[] = []

  add(failure: Failure): void {
    this.#found.push(...(failure instanceof Several ? failure.parts : [failure]))
  }

  /** What a step comes to; undefined, and a fault more, where it throws a Failure. */
  async of<Value>(step: () => Value | Promise<Value>): Promise<Value | undefined> {
    try {
      return await step()
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown
      this.add(thrown)
      return undefined
    }
  }

  /** All that was found as one failure; undefined where there is none. */
  get failure(): Failure | undefined {
    const [first, ...others] = this.#found
    return first && others.length > 0 ? new Several([first, ...others]) : first
  }

  throwAny(): void {
    if (this.failure) throw this.failure
  }
}

/** One of several, a paragraph each: under what is wrong stand why, and what to do about it. */
function told({ message, next, why }: Failure): string {
  const below = [...(why ? [why] : []), ...(next ? [`next: ${next}`] : [])]
  return [message, ...below.map((text) => `  ${text.split('\n').join('\n  ')}`)].join('\n')
}
