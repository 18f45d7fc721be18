import { jsonText } from '../../base/terminal-text.ts'
import type { Stamped } from '../events.ts'
import type { Presenter, Run } from './presenter.ts'

/** One event a line on stdout, and nothing else there. Nobody can answer a question. */
export function jsonPresenter(run: Run): Presenter {
  return {
    read: (event: Stamped) => {
      run.streams.stdout.write(`${jsonText(event)}\n`)
    },
    ask: async () => undefined,
    close: async () => {},
  }
}
