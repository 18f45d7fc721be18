import { jsonText } from '../../base/terminal-text.ts'
import type { Stamped } from '../events.ts'
import { detailsTo, isDetail } from './detail.ts'
import type { Presenter, Run } from './presenter.ts'

/** One event per line on stdout, and nothing else. Questions cannot be answered. */
export function jsonPresenter(run: Run): Presenter {
  const tell = detailsTo(run.streams.stderr)
  return {
    read: (event: Stamped) => {
      // Stdout belongs to the command's document.
      if (isDetail(event) && run.lines !== run.streams.stdout) return tell(event)
      run.streams.stdout.write(`${jsonText(event)}\n`)
    },
    ask: async () => undefined,
    close: async () => {},
  }
}
