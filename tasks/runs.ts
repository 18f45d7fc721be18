import { Failure } from './base/failure.ts'
import { jsonText } from './base/terminal-text.ts'
import type { Help } from './runner/help/text.ts'
import { listRuns, readRun } from './runner/runs/read.ts'
import { runsTable, tellRun } from './runner/runs/tell.ts'
import type { Tools } from './runner/task.ts'
import type { CommandTools, Opening } from './runner/taskfile.ts'

/** What `npx task help runs` says. */
export const help: Help = {
  runs: 'lists the last runs that changed something; show replays one of them, by default the last',
  keys: [],
  options: { json: 'the list as one JSON document; for one run, its events' },
  examples: ['runs', 'runs show'],
}

/** Lists the recorded runs, or replays one as it was shown while it ran. */
export async function execute(use: Opening & Tools & CommandTools): Promise<number> {
  const { json, root, stdout, words } = use
  const [verb, id, ...more] = words
  if (verb === undefined) {
    const runs = await listRuns(root)
    stdout.write(
      json ? `${jsonText({ runs }, 2)}\n` : runsTable(runs, stdout.isTTY ? stdout.columns : undefined),
    )
    return 0
  }
  if (verb !== 'show' || more.length > 0)
    throw new Failure('USAGE', {
      message: `runs does not know ${verb === 'show' ? more.join(' ') : verb}`,
      next: 'npx task runs lists them, npx task runs show ID shows one (the last one without an ID)',
    })
  const run = await readRun(root, id)
  if (json) for (const event of [run.opening, ...run.events]) stdout.write(`${jsonText(event)}\n`)
  else tellRun(run, use)
  return 0
}
