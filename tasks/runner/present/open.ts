import type { Presenter, Run } from './presenter.ts'

/** The presenter that fits: events for scripts, a live list on a terminal, plain lines elsewhere. */
export async function openPresenter(run: Run): Promise<Presenter> {
  const { output } = run.line
  if (output === 'json') return (await import('./json.ts')).jsonPresenter(run)
  // A list can only be drawn where the cursor can be moved, whatever was asked for.
  const terminal = run.lines.isTTY && run.terminal !== 'dumb' && run.tasks.length > 0
  if (terminal && (output === 'tty' || (output === 'auto' && !run.line.quiet))) {
    return (await import('./terminal.ts')).terminalPresenter(run)
  }
  return (await import('./plain.ts')).plainPresenter(run)
}
