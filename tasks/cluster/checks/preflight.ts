import { Failure } from '../../base/failure.ts'
import { Faults } from '../../base/faults.ts'
import type { Use } from '../context.ts'
import { adminLocation } from './access.ts'
import { identity, region } from './account.ts'
import { type DoctorCheck, examine } from './examine.ts'
import { images } from './images.ts'
import { instanceTypes } from './instance-types.ts'
import { quota } from './quota.ts'
import { Survey } from './survey.ts'

/** Those that find in a second what a creation would hit after minutes that cost money. */
const checks: Record<string, DoctorCheck> = {
  identity,
  region,
  images,
  'instance-types': instanceTypes,
  quota,
  'admin-location': adminLocation,
}

/**
 * Checks, before a stack is created on AWS, whether it can be created. Says what it could not check; throws all problems.
 * A rehearsal costs nothing and is not held up.
 */
export async function preflight(use: Use): Promise<void> {
  if (!use.cloud.costsMoney) return
  const faults = new Faults()
  for (const { name, verdict } of examine(checks, new Survey(use))) {
    const found = await verdict
    if (found.state === 'fail') {
      const { cause, code, message, next } = found
      const detail = { message, ...(cause ? { cause } : {}), ...(next ? { next } : {}) }
      faults.add(new Failure(code, detail))
    } else if (found.state === 'warn') {
      use.log(`${name}: ${found.message}${found.next ? ` (${found.next})` : ''}`)
    } else if (name === 'identity' && found.state === 'done') use.log(found.message)
  }
  faults.throwAny()
}
