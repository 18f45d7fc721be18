/** What a stack's status means for somebody who wants the stack up. */
export type Entry =
  /** Nothing is there: create it. */
  | 'create'
  /** An operation that leads to a good end is going on: follow it. */
  | 'attach'
  /** An operation that ends elsewhere is going on: wait for its end, then look again. */
  | 'settle'
  /** A change set was made for a stack that does not exist yet: if nobody executes it, remove it and create. */
  | 'review'
  /** It exists: compare it with what is wanted. */
  | 'compare'
  /** A creation was rolled back, nothing is left of it: show why, delete, create. */
  | 'recreate'
  /** Something failed and was left as it is, perhaps with data: show why, ask, then as `recreate`. */
  | 'ask'
  /** An update failed and was left as it is: roll it back, then look again. */
  | 'rollback'
  /** Rolling an update back failed: go on with it, then look again. No resource is ever skipped by itself. */
  | 'continue'
  /** Unknown: it is shown, not guessed at. */
  | 'unknown'

/** The entry state table for `bootstrap`. For `destroy` every status is the same: wait for its end, delete. */
export function entryOf(status: string | undefined): Entry {
  if (status === undefined) return 'create'
  return entries[status] ?? 'unknown'
}

/** Every status of "AWS CloudFormation, Stack status codes". */
export const entries: Record<string, Entry> = {
  CREATE_COMPLETE: 'compare',
  CREATE_FAILED: 'ask',
  CREATE_IN_PROGRESS: 'attach',
  DELETE_COMPLETE: 'create',
  DELETE_FAILED: 'ask',
  DELETE_IN_PROGRESS: 'settle',
  IMPORT_COMPLETE: 'compare',
  IMPORT_IN_PROGRESS: 'settle',
  IMPORT_ROLLBACK_COMPLETE: 'compare',
  IMPORT_ROLLBACK_FAILED: 'unknown',
  IMPORT_ROLLBACK_IN_PROGRESS: 'settle',
  REVIEW_IN_PROGRESS: 'review',
  ROLLBACK_COMPLETE: 'recreate',
  ROLLBACK_FAILED: 'ask',
  ROLLBACK_IN_PROGRESS: 'settle',
  UPDATE_COMPLETE: 'compare',
  UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: 'attach',
  UPDATE_FAILED: 'rollback',
  UPDATE_IN_PROGRESS: 'attach',
  UPDATE_ROLLBACK_COMPLETE: 'compare',
  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS: 'settle',
  UPDATE_ROLLBACK_FAILED: 'continue',
  UPDATE_ROLLBACK_IN_PROGRESS: 'settle',
}

/** What goes on with a stack, in words: `is being created`. */
export function underWay(status: string): string {
  if (status.includes('ROLLBACK')) return 'is being rolled back'
  const verb = { CREATE: 'created', UPDATE: 'updated', DELETE: 'deleted' }[status.split('_')[0]!]
  return verb === undefined ? `is ${status}` : `is being ${verb}`
}

/** Whether nothing goes on any more. REVIEW_IN_PROGRESS waits for a person, not for AWS. */
export function isTerminal(status: string): boolean {
  return !status.endsWith('_IN_PROGRESS') || status === 'REVIEW_IN_PROGRESS'
}

/** Whether an operation that has ended in this status has brought what was wanted of it. The SDK's own waiter is not asked: it takes a rolled-back update for a success. */
export function succeeded(status: string): boolean {
  return status === 'CREATE_COMPLETE' || status === 'UPDATE_COMPLETE' || status === 'IMPORT_COMPLETE'
}

/** What goes on in a status that is not terminal, in a word. */
export function operationOf(status: string): string {
  if (status.includes('ROLLBACK')) return 'rollback'
  const [first = ''] = status.split('_')
  return { CREATE: 'creation', UPDATE: 'update', DELETE: 'deletion', IMPORT: 'import' }[first] ?? 'operation'
}
