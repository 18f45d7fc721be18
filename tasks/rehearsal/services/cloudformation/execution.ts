import { randomUUID } from 'node:crypto'
import type { Entry, Execution, OperationEntry } from '../../state/entries.ts'
import type { StackRecord } from '../../state/world.ts'
import { text } from '../../wire/query.ts'
import type { Call } from '../call.ts'

/** How an accepted call is carried out: with the speed and the faults of the caller. */
export function execution({ cloud, fields }: Call): Execution {
  const token = text(fields, 'ClientRequestToken')
  const { speed, seed, faults, signals } = cloud
  return {
    operation: randomUUID(),
    speed,
    seed,
    faults,
    ...(token === undefined ? {} : { token }),
    ...(signals === 'outside' ? { signals } : {}),
  }
}

/** The operation that the same client token began: a repeated request does not begin another. */
export function sameRequest({ fields }: Call, record: StackRecord): Entry<OperationEntry> | undefined {
  const token = text(fields, 'ClientRequestToken')
  if (token === undefined) return undefined
  const last = record.entries.findLast((entry) => isOperation(entry))
  return last && isOperation(last) && last.token === token ? last : undefined
}

export function isOperation(entry: Entry<StackRecord['entries'][number]>): entry is Entry<OperationEntry> {
  return 'speed' in entry
}
