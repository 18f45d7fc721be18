import type { Offer } from './task.ts'

interface Means {
  ask(question: string): Promise<string | undefined>
  log(message: string): void
}

/**
 * What the first Ctrl-C asks while an operation runs in the cloud: detach, roll back, or continue. `now` returns the current
 * offer; the answer is valid as long as the run lasts.
 */
export async function choose({ ask, log }: Means, now: () => Offer | undefined): Promise<'detach' | 'go on'> {
  for (let offer = now(); offer; offer = now() ?? offer) {
    const keys = offer.rollBack ? '[d]etach, [r]oll back, [c]ontinue' : '[d]etach, [c]ontinue'
    const answer = await ask(`The ${offer.what} is running in the cloud: ${keys}? `)
    // The run has ended in the meantime.
    if (answer === undefined) return 'go on'
    const key = answer.trim().toLowerCase()[0] ?? 'd'
    if (key === 'd') return 'detach'
    if (key === 'c') return 'go on'
    if (key !== 'r' || !offer.rollBack) continue
    const latest = now()
    if (latest?.rollBack) await latest.rollBack()
    else
      log(
        `the ${offer.what} ${latest ? 'can no longer be rolled back' : 'has ended; nothing is rolled back'}`,
      )
    return 'go on'
  }
  return 'go on'
}
