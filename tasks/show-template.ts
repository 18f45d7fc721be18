import type { Use } from './cluster/context.ts'
import { readTemplate } from './cluster/plan/template.ts'
import type { Help } from './runner/help/text.ts'
import type { CommandTools } from './runner/taskfile.ts'

/** What `npx task help show-template` says. */
export const help: Help = {
  runs: 'prints the template as it is, even if no cluster can be created from it',
  keys: ['region', 'template', 'aws'],
  examples: ['show-template', 'show-template template=s3://bucket/template.json'],
}

/** Prints the template as it is, even if no cluster can be created from it. */
export async function execute(use: Use & CommandTools): Promise<number> {
  const { text } = await readTemplate(use)
  use.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
  return 0
}
