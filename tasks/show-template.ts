import type { Use } from './cluster/context.ts'
import { readTemplate } from './cluster/plan/template.ts'
import type { CommandTools } from './runner/taskfile.ts'

/** Prints the template as it is, whether or not a cluster could come up with it. */
export async function execute(use: Use & CommandTools): Promise<number> {
  const { text } = await readTemplate(use)
  use.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
  return 0
}
