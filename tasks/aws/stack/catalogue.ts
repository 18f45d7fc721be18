import { accessCauses } from './catalogue/access.ts'
import { instanceCauses } from './catalogue/instances.ts'
import type { Clue, Known } from './catalogue/known.ts'
import { limitCauses } from './catalogue/limits.ts'
import { nameCauses } from './catalogue/names.ts'
import { removalCauses } from './catalogue/removal.ts'
import { signalCauses } from './catalogue/signals.ts'
import { stackCauses } from './catalogue/stacks.ts'

export type { Clue, Known } from './catalogue/known.ts'

/** Every known cause, the more specific before the more general: the first match wins. */
export const catalogue: readonly Known[] = [
  ...signalCauses,
  ...instanceCauses,
  ...limitCauses,
  ...accessCauses,
  ...removalCauses,
  ...nameCauses,
  ...stackCauses,
]

/** The known cause of a failure, if any, and what to do about it. */
export function advise(clue: Clue): { known?: string; advice: string } {
  for (const { id, types, words, advice } of catalogue) {
    if (types && !types.test(clue.type)) continue
    const match = words.exec(clue.reason)
    if (match) return { known: id, advice: advice(match, clue) }
  }
  return { advice: `fix that, then ${clue.again}` }
}
