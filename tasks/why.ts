import { Failure } from './base/failure.ts'
import { didYouMean } from './base/suggest.ts'
import { jsonText } from './base/terminal-text.ts'
import { PLAN_KEYS } from './cluster/plan/keys.ts'
import { explain, explanationText } from './runner/explain.ts'
import type { Help } from './runner/help/text.ts'
import type { Tools } from './runner/task.ts'
import type { CommandTools } from './runner/taskfile.ts'

/** What `npx task help why` says. */
export const help: Help = {
  runs: 'explains whether a task would run and why: what its check found, which values differ and what changing them would do, and the state of its dependencies; changes nothing',
  keys: PLAN_KEYS,
  options: { json: 'the same as one JSON document' },
  examples: ['why stack', 'why stack agents.private=10'],
}

/** Explains why a task would run, or would not. */
export async function execute(use: Tools & CommandTools): Promise<number> {
  const { complete, json, pipeline, stdout, words } = use
  const names = pipeline.tasks.map((task) => task.name)
  const task = pipeline.tasks.find(({ name }) => name === words[0])
  if (!task || words.length > 1)
    throw new Failure('USAGE', {
      message:
        words[0] === undefined
          ? 'why needs a task'
          : `there is no task ${JSON.stringify(words.join(' '))}${didYouMean(words[0], names)}`,
      cause: `the tasks are ${names.join(', ')}`,
      next: 'npx task why stack',
    })
  const explanation = await explain(task, use)
  stdout.write(json ? `${jsonText(explanation, 2)}\n` : await explanationText(explanation, stdout, complete))
  return 0
}
