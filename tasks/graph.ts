import { Failure } from './base/failure.ts'
import type { Use } from './cluster/context.ts'
import type { Help } from './runner/help/text.ts'
import type { CommandTools } from './runner/taskfile.ts'
import { templateGraph } from './template/graph.ts'

/** What `npx task help graph` says. */
export const help: Help = {
  runs: 'prints a Mermaid flowchart of the resources that the config takes from the template, and of what needs what',
  keys: [
    'cloud',
    'region',
    'cluster',
    'agents',
    'installer',
    'image',
    'network',
    'access',
    'template',
    'parameters',
    'aws',
  ],
  examples: ['graph template', 'graph template agents.public=0 cluster.masters=3'],
}

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
