import { Faults } from '../../base/faults.ts'
import { judgeAuthFiles } from '../access/auth-file.ts'
import { readKey } from '../access/public-key-file.ts'
import { judgeCliFile } from '../cli.ts'
import { judgeInstaller } from './installer-file.ts'
import { judgeNetwork } from './network.ts'
import type { StackPlan } from './plan.ts'
import { readPlan } from './stack-plan.ts'
import type { Reading } from './template.ts'

/**
 * Validates all that the config names, as far as possible before any call or creation. Throws all problems as one
 * failure: TEMPLATE_…, PARAMETER_INVALID, CLI_…, CONFIG_INVALID.
 */
export async function judge(use: Reading): Promise<StackPlan> {
  const faults = new Faults()
  await faults.of(() => judgeCliFile(use))
  const { publicKey } = use.config.access
  if (publicKey !== 'auto') await faults.of(() => readKey(publicKey))
  const plan = await faults.of(() => judgeStack(use))
  faults.throwAny()
  return plan!
}

/** The part of it that concerns the stack. */
export async function judgeStack(use: Reading): Promise<StackPlan> {
  const { config } = use
  const faults = new Faults()
  await faults.of(() => judgeAuthFiles(config))
  await faults.of(() => judgeInstaller(config))
  await faults.of(() => judgeNetwork(config))
  const plan = await faults.of(() => readPlan(use))
  faults.throwAny()
  return plan!
}
