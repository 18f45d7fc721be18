/** A text that is no template: where in it, and what is wrong there. */
export class TemplateSyntaxError extends Error {
  override readonly name = 'TemplateSyntaxError'
  constructor(
    message: string,
    /** 1-based; undefined when the fault is not at one place. */
    readonly line?: number,
    readonly column?: number,
  ) {
    super(message)
  }
}

/** Real templates nest about twenty deep. What comes after the parsers walks by recursion and relies on this bound. */
export const MAX_DEPTH = 200
