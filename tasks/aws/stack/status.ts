/** What a stack's status means for `bootstrap`. */
export type Entry =
  /** It does not exist: create it. */
  | 'create'
  /** An operation that leads to a usable stack is in progress: follow it. */
  | 'attach'
  /** Another operation is in progress: wait for its end, then check again. */
  | 'settle'
  /** A change set was created for a stack that does not exist yet: if it is not executed, remove it and create. */
  | 'review'
  /** It exists: compare it with the desired one. */
  | 'compare'
  /** A creation was rolled back completely: show why, delete, create. */
  | 'recreate'
  /** Something failed and was left as it is, perhaps with data: show why, ask, then as `recreate`. */
  | 'ask'
  /** An update failed and was left as it is: roll it back, then check again. */
  | 'rollback'
  /** The rollback of an update failed: continue it, then check again. No resource is skipped automatically. */
  | 'continue'
  /** Unknown: shown as it is, without guessing. */
  | 'unknown'

/** What `bootstrap` does with a stack of this status. For `destroy` every status is the same: wait for its end, delete. */
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

/** What is happening to a stack, in words: `is being created`. */
export function underWay(status: string): string {
  if (status.includes('ROLLBACK')) return 'is being rolled back'
  const verb = { CREATE: 'created', UPDATE: 'updated', DELETE: 'deleted' }[status.split('_')[0]!]
  return verb === undefined ? `is ${status}` : `is being ${verb}`
}

/** Whether nothing is in progress. REVIEW_IN_PROGRESS waits for a person, not for AWS. */
export function isTerminal(status: string): boolean {
  return !status.endsWith('_IN_PROGRESS') || status === 'REVIEW_IN_PROGRESS'
}

/** Whether an operation that ended in this status succeeded. The SDK's own waiter is not used: it counts a rolled-back update as a success. */
export function succeeded(status: string): boolean {
  return status === 'CREATE_COMPLETE' || status === 'UPDATE_COMPLETE' || status === 'IMPORT_COMPLETE'
}

/** The operation that a non-terminal status belongs to, in a word. */
export function operationOf(status: string): string {
  if (status.includes('ROLLBACK')) return 'rollback'
  const [first = ''] = status.split('_')
  return { CREATE: 'creation', UPDATE: 'update', DELETE: 'deletion', IMPORT: 'import' }[first] ?? 'operation'
}
