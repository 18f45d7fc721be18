import type { CommandLine } from '../command-line.ts'
import type { Secrecy } from '../rerun.ts'
import type { Selection } from '../select.ts'
import type { Surroundings } from '../surroundings.ts'
import type { AnyTask, Needs } from '../task.ts'
import type { Session } from '../taskfile.ts'
import { type Journal, openJournal } from './journal.ts'
import { masking } from './masking.ts'
import { type JournaledTask, runsFolder } from './record.ts'

/** A task that a run covers, or its command, which has no needs. */
export type CoveredTask = Pick<AnyTask, 'name' | 'description'> & { needs?: Needs }

interface Kept {
  selection: Selection
  line: CommandLine
  /** The command line without secrets. */
  shown: string
  session: Session<unknown>
  /** What the run covers, in order. */
  tasks: readonly CoveredTask[]
  isSecret: Secrecy
  log(message: string): void
}

/** Opens the journal of a run that changes something; read-only runs are not recorded. */
export async function keepRun(kept: Kept, { root, version }: Surroundings): Promise<Journal | undefined> {
  const { isSecret, line, log, selection, session, shown, tasks } = kept
  const changes = selection.kind !== 'command' || selection.entry.options.kept === true
  if (!changes || selection.kind === 'status' || line.dryRun) return undefined
  const [name = ''] = Object.values(session.subject)
  const opening = {
    line: shown,
    what: [...line.words, ...(line.undo ? ['--undo'] : []), name].join(' '),
    subject: session.subject,
    version,
    tasks: journaled(tasks, selection.kind === 'down' || selection.kind === 'undo'),
  }
  const given = line.overrides.filter(({ key, value }) => isSecret(key, value)).map(({ value }) => value)
  const mask = masking([...(session.secrets ?? []), ...given])
  return openJournal({ folder: runsFolder(root), opening, mask, log })
}

/** In a destroy, a task comes after those that need it. */
function journaled(tasks: Kept['tasks'], down: boolean): JournaledTask[] {
  const needsOf = ({ needs = {} }: CoveredTask) => Object.values(needs).map((need) => need.name)
  const there = (name: string) => tasks.some((task) => task.name === name)
  return tasks.map((task) => ({
    name: task.name,
    description: task.description,
    after: down
      ? tasks.filter((other) => needsOf(other).includes(task.name)).map((other) => other.name)
      : needsOf(task).filter(there),
  }))
}
