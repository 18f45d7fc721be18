import { loadTemplate } from './aws/template/load.ts'
import type { Use } from './context.ts'
import type { CommandTools } from './runner/taskfile.ts'

/** Prints the template as it is, whether or not a cluster could come up with it. */
export async function execute(use: Use & CommandTools): Promise<number> {
  const { text } = await loadTemplate(use.config.template, { root: use.folders.root, signal: use.signal })
  use.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
  return 0
}
