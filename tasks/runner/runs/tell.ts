import { table } from '../../base/table.ts'
import { plainPresenter } from '../present/plain.ts'
import type { Streams } from '../present/presenter.ts'
import { duration } from '../present/words.ts'
import type { RunRecord } from './read.ts'
import type { Summary } from './record.ts'

const HEADER = ['ID', 'BEGAN', 'TOOK', 'WHAT', 'HOW IT ENDED']

/** The runs as a table: id, when, how long, what, and how it ended. */
export function runsTable(runs: readonly Summary[], columns?: number): string {
  if (runs.length === 0) return 'no run is kept yet: npx task bootstrap leaves one\n'
  const rows = runs.map((run) => [
    run.id,
    localTime(run.began),
    run.ms === null ? '' : duration(run.ms),
    run.what,
    endOf(run),
  ])
  return table(HEADER, rows, columns, ['TOOK', 'BEGAN'])
}

function endOf({ failure, state }: Summary): string {
  if (!failure) return state
  return `${state}${failure.task ? ` at ${failure.task}` : ''}: ${failure.code}`
}

/** A moment where the user is, without the parts of a second. */
function localTime(time: string): string {
  const at = new Date(time)
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}`
}

/** Tells a run in the lines in which it was told to a log. */
export function tellRun({ events, opening, summary }: RunRecord, streams: Streams): void {
  const { stdout } = streams
  stdout.write(
    `${opening.line}\nrun ${opening.id}, begun ${localTime(opening.time)}, version ${opening.version}\n`,
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
  if (summary.state === 'running') stdout.write('it is still going on\n')
  if (summary.state === 'ended without a result')
    stdout.write('it ended without a result: it was killed, or its machine was\n')
}
