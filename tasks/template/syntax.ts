/** A text that is not a template: what is wrong, and where. */
export class TemplateSyntaxError extends Error {
  override readonly name = 'TemplateSyntaxError'
  constructor(
    message: string,
    /** 1-based; undefined if the error is not at one place. */
    readonly line?: number,
    readonly column?: number,
  ) {
    super(message)
  }
}

/** Real templates nest about twenty deep. The code after the parsers recurses and relies on this limit. */
export const MAX_DEPTH = 200
