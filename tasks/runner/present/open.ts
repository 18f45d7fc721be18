import type { Presenter, Run } from './presenter.ts'

/** The presenter that fits: events for scripts, a live list on a terminal, plain lines elsewhere. */
export async function openPresenter(run: Run): Promise<Presenter> {
  const { output } = run.line
  if (output === 'json') return (await import('./json.ts')).jsonPresenter(run)
  const terminal = run.lines.isTTY && process.env.TERM !== 'dumb' && run.tasks.length > 0
  if (output === 'tty' || (output === 'auto' && terminal && !run.line.quiet)) {
    return (await import('./terminal.ts')).terminalPresenter(run)
  }
  return (await import('./plain.ts')).plainPresenter(run)
}
