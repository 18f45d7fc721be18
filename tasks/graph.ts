import path from 'node:path'
import { Failure } from './base/failure.ts'
import { writeOwnFile } from './base/own-file.ts'
import type { Use } from './cluster/context.ts'
import { PLAN_KEYS } from './cluster/plan/keys.ts'
import { tasksMermaid } from './runner/drawing/mermaid.ts'
import { DRAWN_BY, tasksSvg } from './runner/drawing/svg.ts'
import type { Help } from './runner/help/text.ts'
import { judge } from './runner/pipeline.ts'
import type { CommandTools } from './runner/taskfile.ts'
import { templateGraph } from './template/graph.ts'

/** What `npx task help graph` says. */
export const help: Help = {
  runs: 'prints a Mermaid flowchart of the tasks, coloured by state, or writes it to an SVG file; with template, of the resources that the config selects from the template and their dependencies',
  keys: PLAN_KEYS,
  options: { force: 'overwrite an existing file' },
  examples: ['graph', 'graph tasks.svg', 'graph template agents.public=0 cluster.masters=3'],
}

/** Draws the tasks and their state, or the template as configured: in Mermaid, which GitHub and most editors render, or in SVG. */
export async function execute(use: Use & CommandTools): Promise<number> {
  const { flags, stdout, words } = use
  const [what, ...more] = words
  if (what === 'template' && more.length === 0) {
    const { all, loaded } = await use.plan()
    stdout.write(templateGraph(loaded.template, all))
    return 0
  }
  if (more.length > 0 || (what !== undefined && !/\.svg$/i.test(what)))
    throw new Failure('USAGE', {
      message: `graph does not know ${words.join(' ')}`,
      cause: 'it draws the tasks, as Mermaid or to a .svg file, or the template',
      next: 'npx task graph, npx task graph FILE.svg, or npx task graph template',
    })
  const judged = await judgedTasks(use)
  if (what === undefined) stdout.write(tasksMermaid(judged))
  else {
    const file = path.resolve(what)
    await writeOwnFile(file, tasksSvg(judged), { mark: DRAWN_BY, force: flags.force })
    stdout.write(`${file}\n`)
  }
  return 0
}

async function judgedTasks({ pipeline }: CommandTools) {
  const findings = await pipeline.inspect(pipeline.tasks)
  return new Map(pipeline.tasks.map((task) => [task, judge(task, findings)]))
}
