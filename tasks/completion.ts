import path from 'node:path'
import { Failure } from './base/failure.ts'
import { didYouMean } from './base/suggest.ts'
import { scripts } from './runner/complete/scripts.ts'
import type { Help } from './runner/help/text.ts'
import type { Tools } from './runner/task.ts'
import type { CommandTools, Opening } from './runner/taskfile.ts'

/** What `npx task help completion` says. */
export const help: Help = {
  runs: 'prints a script for the shell to source. Tab then completes tasks, options, config keys and their values after npx task, task and dcos-bootstrap. The script asks the program itself, so it never goes stale',
  keys: [],
  examples: ['completion bash', 'completion zsh', 'completion fish'],
}

/** Prints a script that completes tasks, options, keys and values. */
export async function execute({
  packageRoot,
  stdout,
  words,
}: Opening & Tools & CommandTools): Promise<number> {
  const [shell = ''] = words
  const script = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined
  if (!script || words.length > 1) {
    const known = Object.keys(scripts)
    const given =
      words.length > 0 ? `, not ${JSON.stringify(words.join(' '))}${didYouMean(shell, known)}` : ''
    throw new Failure('USAGE', {
      message: `completion prints a script for ${known.join(', ')}${given}`,
      next: 'source <(npx task completion bash) in ~/.bashrc, the same with zsh in ~/.zshrc, or npx task completion fish | source in config.fish',
    })
  }
  stdout.write(script(path.join(packageRoot, 'tasks/runner/bin.js')))
  return 0
}
