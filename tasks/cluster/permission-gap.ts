import { Failure } from '../base/failure.ts'

/** What we may not list, and how AWS says so. */
export interface PermissionGap {
  what: string
  failure: Failure
}

/** The result of a lookup. If the permission for it is missing: an empty list, and the gap is noted. Other failures are thrown. */
export async function orGap<Found>(
  what: string,
  looking: Promise<Found[]>,
  note: (unseen: PermissionGap) => void,
): Promise<Found[]> {
  try {
    return await looking
  } catch (error) {
    if (!(error instanceof Failure && error.code === 'ACCESS_DENIED')) throw error
    note({ what, failure: error })
    return []
  }
}

export function gapText({ failure, what }: PermissionGap): string {
  return `could not list ${what}: ${failure.message}`
}
