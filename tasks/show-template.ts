import type { Use } from './context.ts'
import type { CommandTools } from './runner/taskfile.ts'
import { readTemplate } from './template.ts'

/** Prints the template as it is, whether or not a cluster could come up with it. */
export async function execute(use: Use & CommandTools): Promise<number> {
  const { text } = await readTemplate(use)
  use.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
  return 0
}
