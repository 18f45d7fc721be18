import { Failure } from '../base/failure.ts'

/** What AWS does not let us look at, and how it says so. */
export interface PermissionGap {
  what: string
  failure: Failure
}

/** What a look finds. Where the permission for it is missing: nothing, and that is noted. Other failures are thrown. */
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
