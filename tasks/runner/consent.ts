import type { Tools } from './task.ts'

/** True after `--yes`, or when the user answers yes. */
export async function consent(question: string, use: Tools): Promise<boolean> {
  if (use.yes) return true
  const answer = await use.ask(`${question} [y/N] `)
  return /^y(es)?$/i.test(answer?.trim() ?? '')
}
