import { judgeAuthFiles } from '../access/auth-file.ts'
import { judgeCliFile } from '../cli.ts'
import { judgeInstaller } from './installer-file.ts'
import { judgeNetwork } from './network.ts'
import type { StackPlan } from './plan.ts'
import { readPlan } from './stack-plan.ts'
import type { Reading } from './template.ts'

/** All that the config names and that can be judged before anything is created. Throws TEMPLATE_…, PARAMETER_INVALID, CLI_…, CONFIG_INVALID. */
export async function judge(use: Reading): Promise<StackPlan> {
  await judgeCliFile(use)
  await judgeAuthFiles(use.config)
  await judgeInstaller(use.config)
  judgeNetwork(use.config)
  return readPlan(use)
}
