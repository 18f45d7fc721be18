import { table } from '../../base/table.ts'
import { plainPresenter } from '../present/plain.ts'
import type { Streams } from '../present/presenter.ts'
import { duration } from '../present/words.ts'
import type { RunRecord } from './read.ts'
import type { Summary } from './record.ts'

const HEADER = ['ID', 'STARTED', 'TOOK', 'WHAT', 'RESULT']

/** The runs as a table: id, start, duration, what was run, and result. */
export function runsTable(runs: readonly Summary[], columns?: number): string {
  if (runs.length === 0) return 'no runs recorded yet: npx task bootstrap records one\n'
  const rows = runs.map((run) => [
    run.id,
    localTime(run.began),
    run.ms === null ? '' : duration(run.ms),
    run.what,
    endOf(run),
  ])
  return table(HEADER, rows, columns, ['TOOK', 'STARTED'])
}

function endOf({ failure, state }: Summary): string {
  if (!failure) return state
  return `${state}${failure.task ? ` at ${failure.task}` : ''}: ${failure.code}`
}

/** A time in the user's time zone, to the minute. */
function localTime(time: string): string {
  const at = new Date(time)
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}`
}

/** Prints a run as the lines that a log would have shown. */
export function tellRun({ events, opening, summary }: RunRecord, streams: Streams): void {
  const { stdout } = streams
  stdout.write(
    `${opening.line}\nrun ${opening.id}, started ${localTime(opening.time)}, version ${opening.version}\n`,
  )
  let now = Date.parse(opening.time)
  const run = {
    streams,
    lines: stdout,
    line: { quiet: false },
    tasks: opening.tasks,
    subject: Object.values(opening.subject).join(' · '),
    signal: AbortSignal.abort(),
  }
  const presenter = plainPresenter(run, () => now)
  for (const event of events) {
    now = Date.parse(event.time)
    presenter.read(event)
  }
  void presenter.close()
  if (summary.state === 'running') stdout.write('it is still running\n')
  if (summary.state === 'ended without a result')
    stdout.write('it ended without a result: the process was killed, or the machine stopped\n')
}
