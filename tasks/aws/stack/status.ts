/** What a stack's status means for somebody who wants the stack up. */
export type Entry =
  /** Nothing is there: create it. */
  | 'create'
  /** An operation that leads to a good end is going on: follow it. */
  | 'attach'
  /** An operation that ends elsewhere is going on: wait for its end, then look again. */
  | 'settle'
  /** It stands: compare it with what is wanted. */
  | 'compare'
  /** Only deletion is possible: delete, then create. */
  | 'recreate'
  /** A person has to decide. */
  | 'stuck'

/** The entry state table. An unknown status is `stuck`: it is shown, not guessed at. */
export function entryOf(status: string | undefined): Entry {
  if (status === undefined) return 'create'
  return table[status] ?? 'stuck'
}

/** Statuses of "AWS CloudFormation, Stack status codes". */
const table: Record<string, Entry> = {
  DELETE_COMPLETE: 'create',
  CREATE_IN_PROGRESS: 'attach',
  UPDATE_IN_PROGRESS: 'attach',
  UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: 'attach',
  ROLLBACK_IN_PROGRESS: 'settle',
  UPDATE_ROLLBACK_IN_PROGRESS: 'settle',
  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS: 'settle',
  DELETE_IN_PROGRESS: 'settle',
  IMPORT_IN_PROGRESS: 'settle',
  IMPORT_ROLLBACK_IN_PROGRESS: 'settle',
  CREATE_COMPLETE: 'compare',
  UPDATE_COMPLETE: 'compare',
  UPDATE_ROLLBACK_COMPLETE: 'compare',
  IMPORT_COMPLETE: 'compare',
  IMPORT_ROLLBACK_COMPLETE: 'compare',
  ROLLBACK_COMPLETE: 'recreate',
  CREATE_FAILED: 'recreate',
  REVIEW_IN_PROGRESS: 'recreate',
  ROLLBACK_FAILED: 'stuck',
  DELETE_FAILED: 'stuck',
  UPDATE_FAILED: 'stuck',
  UPDATE_ROLLBACK_FAILED: 'stuck',
  IMPORT_ROLLBACK_FAILED: 'stuck',
}

/** Whether nothing goes on any more. REVIEW_IN_PROGRESS waits for a person, not for AWS. */
export function isTerminal(status: string): boolean {
  return !status.endsWith('_IN_PROGRESS') || status === 'REVIEW_IN_PROGRESS'
}

/** Whether an operation that has ended in this status has brought what was wanted of it. The SDK's own waiter is not asked: it takes a rolled-back update for a success. */
export function succeeded(status: string): boolean {
  return status === 'CREATE_COMPLETE' || status === 'UPDATE_COMPLETE' || status === 'IMPORT_COMPLETE'
}
