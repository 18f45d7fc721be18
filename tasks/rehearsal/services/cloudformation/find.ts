import { Model } from '../../stack/model.ts'
import { latest } from '../../stack/timeline.ts'
import type { StackRecord } from '../../state/world.ts'
import { validation } from '../../wire/errors.ts'
import { text } from '../../wire/query.ts'
import type { Call } from '../call.ts'

/** The stack a call names. Throws with the text of most operations if there is none. */
export function findStack(
  call: Call,
  words = (name: string) => `Stack with id ${name} does not exist`,
): StackRecord {
  const name = text(call.fields, 'StackName')
  if (!name) {
    throw validation(
      "1 validation error detected: Value null at 'stackName' failed to satisfy constraint: Member must not be null",
    )
  }
  const record = call.cloud.stack(call.world, call.region, name, call.now)
  if (!record) throw validation(words(name))
  return record
}

/** The stack as it is specified at this moment, evaluated; undefined while it is only in review. */
export function modelNow(call: Call, record: StackRecord): Model | undefined {
  const entry = call.cloud.specification(call.world, record, call.now)
  if (!entry) return undefined
  const revision = latest(call.cloud.timeline(call.world, record).revisions, call.now)
  return new Model(record, call.cloud.template(entry.template), entry, (blob) => call.cloud.template(blob), {
    ...revision?.generations,
  })
}

/** A page of a list, and the token for the next one. A token is an opaque position. */
export function page<T>(
  call: Call,
  list: readonly T[],
  size: number,
): { entries: readonly T[]; next: string | undefined } {
  const token = text(call.fields, 'NextToken')
  const from =
    token === undefined
      ? 0
      : Number(
          Buffer.from(token, 'base64url')
            .toString()
            .replace(/^page:/, ''),
        )
  if (!Number.isInteger(from)) throw validation('Invalid NextToken.')
  const end = from + size
  return {
    entries: list.slice(from, end),
    next: end < list.length ? Buffer.from(`page:${end}`).toString('base64url') : undefined,
  }
}

/** The stack that a call is to change. A nested one changes only with its root here. */
export function findRoot(call: Call, words?: (name: string) => string): StackRecord {
  const record = findStack(call, words)
  if (record.parent) {
    throw validation(
      `Stack [${record.id}] is nested: in a rehearsal it changes only with its root, ${record.parent.root}`,
    )
  }
  return record
}

export function isProtected(record: StackRecord): boolean {
  const entry = record.entries.findLast(({ type }) => type === 'CreateStack' || type === 'ProtectStack')
  return entry !== undefined && 'protection' in entry && entry.protection
}
