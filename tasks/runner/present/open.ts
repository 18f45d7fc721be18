import { printable, printableDeep } from '../../base/terminal-text.ts'
import type { Presenter, Run } from './presenter.ts'

/** Opens the right presenter: events for scripts, a live list on a terminal, plain lines elsewhere. */
export async function openPresenter(run: Run): Promise<Presenter> {
  if (run.line.output === 'json') return (await import('./json.ts')).jsonPresenter(run)
  const { ask, close, read } = await openForPeople(run)
  return {
    ask: (text, closed) => ask(printable(text), closed),
    close,
    read: (event) => read(printableDeep(event)),
  }
}

async function openForPeople(run: Run): Promise<Presenter> {
  const { output } = run.line
  // A list can only be drawn where the cursor can be moved, whatever --output says.
  const terminal = run.lines.isTTY && run.terminal !== 'dumb' && run.tasks.length > 0
  if (terminal && (output === 'tty' || (output === 'auto' && !run.line.quiet))) {
    return (await import('./terminal.ts')).terminalPresenter(run)
  }
  const { plainPresenter } = await import('./plain.ts')
  if (!run.lines.isTTY) return plainPresenter(run)
  const { laidOut } = await import('./layout.ts')
  return plainPresenter({ ...run, laidOut })
}
