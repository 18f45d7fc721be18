import { Failure } from './base/failure.ts'
import type { Use } from './cluster/context.ts'
import type { CommandTools } from './runner/taskfile.ts'
import { templateGraph } from './template/graph.ts'

/** Draws the template as the config would have it, as a flowchart in Mermaid, which GitHub and most editors show. */
export async function execute(use: Use & CommandTools): Promise<number> {
  const { words } = use
  if (words.length !== 1 || words[0] !== 'template') {
    throw new Failure('USAGE', {
      message: words.length === 0 ? 'graph takes what to draw' : `graph does not know ${words.join(' ')}`,
      cause: 'it draws the template',
      next: 'npx task graph template > template.mmd',
    })
  }
  const { all, loaded } = await use.plan()
  use.stdout.write(templateGraph(loaded.template, all))
  return 0
}
