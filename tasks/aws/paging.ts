import type { Asked } from './reply.ts'
import { noAnswer } from './reply.ts'

/** AWS keeps 90 days of a stack's events, 100 per page, and lists 1,000 buckets per page: no account has this many pages. */
const MAX_PAGES = 1_000

/** Request parameters for the next page (API references of CloudFormation, EC2, S3, Resource Groups Tagging). */
const TOKENS = ['NextToken', 'ContinuationToken', 'PaginationToken', 'KeyMarker', 'PartNumberMarker']

/** Stops reading an endless list: a token that repeats, or too many pages. One for each set of clients. */
export class Paging {
  /** The tokens seen of the lists that are being read, by what is listed. */
  readonly #lists = new Map<string, Set<string>>()

  /** To be called before each request; throws a Failure. */
  watch(input: object, asked: Asked): void {
    const words = input as Record<string, unknown>
    const token = TOKENS.map((name) => words[name]).find((value) => typeof value === 'string' && value !== '')
    // Most requests are not about a list, and their input may be large.
    if (token === undefined && this.#lists.size === 0) return
    const unpaged = Object.fromEntries([...TOKENS, 'Body'].map((name) => [name, undefined]))
    const list = `${asked.call} ${JSON.stringify({ ...words, ...unpaged })}`
    if (token === undefined) {
      this.#lists.delete(list)
      return
    }
    const seen = this.#lists.get(list) ?? new Set()
    this.#lists.set(list, seen)
    if (seen.has(token as string)) throw noAnswer(asked, 'it returns the same page of a list again and again')
    if (seen.size >= MAX_PAGES) throw noAnswer(asked, `a list has more than ${MAX_PAGES} pages`)
    seen.add(token as string)
  }
}
