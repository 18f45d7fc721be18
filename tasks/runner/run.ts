import { asFailure, Failure } from '../base/failure.ts'
import { jsonText, overheard, printable, printing, rewriting } from '../base/terminal-text.ts'
import { changes, holdAlone } from './alone.ts'
import { bringUp } from './bring-up.ts'
import { choose } from './choice.ts'
import type { CommandLine } from './command-line.ts'
import { completion } from './completion.ts'
import { type End, type Event, Events } from './events.ts'
import { located, stackOf } from './fault.ts'
import { closure, valuesOf } from './graph.ts'
import { type Equip, type Finding, inspect, whyOf } from './inspect.ts'
import type { Interruption } from './interruption.ts'
import { exitOf, Outcome } from './outcome.ts'
import { detailsTo } from './present/detail.ts'
import { type Ink, inkFor } from './present/ink.ts'
import { layOut } from './present/lay-out.ts'
import { openPresenter } from './present/open.ts'
import type { Presenter, Streams } from './present/presenter.ts'
import { question } from './present/question.ts'
import { closingText } from './present/words.ts'
import { rerunLine } from './rerun.ts'
import type { Journal } from './runs/journal.ts'
import { type CoveredTask, keepRun } from './runs/keep.ts'
import { type Selection, select, tasksOf } from './select.ts'
import { readStatus, statusExit, statusText } from './status.ts'
import type { Surroundings } from './surroundings.ts'
import { takeDown, undoGoals } from './take-down.ts'
import type { AnyTask, Report, Tools } from './task.ts'
import {
  type Closing,
  type CommandOptions,
  newReport,
  type Opening,
  type Session,
  type Taskfile,
} from './taskfile.ts'

/** Everything one run works with. */
interface Work {
  taskfile: Taskfile<unknown>
  line: CommandLine
  surroundings: Surroundings
  interruption: Interruption
  report: Report
  subject: Record<string, string>
  /** Path of the lock that a run which changes something holds. */
  lock: string | undefined
  tools: Tools
  events: Events
  /** Completes suggested commands so that they can be pasted. */
  complete: (text: string) => string
  presenter: Presenter
  ink: Ink
  /** Records the events, if the run changes something. */
  journal: Journal | undefined
  equip: Equip
}

/** Executes a command line; resolves with the exit status. Throws the Failures that occur before the first task. */
export async function run(
  taskfile: Taskfile<unknown>,
  line: CommandLine,
  surroundings: Surroundings,
  interruption: Interruption,
  started: number,
): Promise<number> {
  const selection = select(line, taskfile)
  const ink = inkFor(line, surroundings.environment)
  const report = newReport()
  const { stderr, stdin } = surroundings.streams
  const interactive = line.output !== 'json' && stdin.isTTY === true && stderr.isTTY === true
  const ask: Tools['ask'] = async (text, closed) =>
    line.output === 'json' ? undefined : question(text, surroundings.streams, interruption.signal, closed)
  const { isSecret = () => false, open } = await taskfile.open()
  interruption.rerun = rerunLine(line.typed, isSecret)
  const names = taskfile.entries.map((entry) => entry.name)
  const complete = completion(line, names, isSecret)
  const events = new Events(complete)
  const tools: Tools = {
    signal: interruption.signal,
    report,
    yes: line.yes,
    interactive,
    ask,
    offer: (offer) => interruption.offer(offer),
    log: (message) => events.emit({ event: 'log', task: null, message }),
    complete,
    progress: () => {},
  }
  if (interactive) interruption.choose = (now) => choose(tools, now)
  const opening: Opening = {
    root: surroundings.root,
    packageRoot: surroundings.packageRoot,
    cwd: surroundings.cwd,
    cache: surroundings.cache,
    file: line.config,
    overrides: line.overrides,
    environment: surroundings.environment,
    entry: { kind: selection.entry.kind, name: selection.entry.name },
    tools,
    trace: line.verbose
      ? (message) => events.emit({ event: 'log', task: null, message, detail: true })
      : undefined,
  }
  const session = worksUnopened(selection) ? unopened(opening) : await open(opening)
  try {
    const covered = await coveredTasks(selection, line)
    const presenter = await openPresenter({
      streams: surroundings.streams,
      line,
      tasks: ownsStdout(selection) ? [] : covered,
      lines: ownsStdout(selection) ? surroundings.streams.stderr : surroundings.streams.stdout,
      subject: [...Object.values(session.subject), ...(session.remark ? [session.remark] : [])].join(' · '),
      terminal: surroundings.environment.TERM,
      ink,
      signal: interruption.signal,
    })
    tools.ask = oneAtATime(presenter.ask)
    const equip: Equip = (task) => ({
      ...(session.context as object),
      ...tools,
      log: (message) => events.emit({ event: 'log', task, message }),
      progress: (progress) => events.emit({ ...progress, event: 'progress', task }),
    })
    const work: Work = {
      taskfile,
      line,
      surroundings,
      interruption,
      report,
      subject: session.subject,
      lock: session.lock,
      tools,
      events,
      complete,
      presenter,
      ink,
      journal: undefined,
      equip,
    }
    if (line.verbose && session.sources)
      surroundings.streams.stderr.write(
        `${await layOut(printable(session.sources.join('\n')), surroundings.streams.stderr)}\n`,
      )
    if (selection.kind === 'status') {
      events.read(detailsTo(surroundings.streams.stderr))
      return await showStatus(work, selection)
    }
    events.read(presenter.read)
    const kept = { selection, line, shown: interruption.rerun, session, isSecret, log: tools.log }
    work.journal = await keepRun({ ...kept, tasks: covered }, surroundings)
    if (work.journal) events.read(work.journal.read)
    const exit = await perform(work, selection, started)
    await presenter.close()
    if (exit === 0 && showsClosing(selection, line)) {
      const { stdout } = surroundings.streams
      const closing = session.closing?.(selection.kind === 'down' ? 'down' : 'up')
      if (closing) stdout.write(ink.on(stdout)(`${printable(closingOf(closing, work))}\n`))
    }
    return exit
  } finally {
    await interruption.bound(session.close()).catch(() => undefined)
  }
}

/** Whether to print closing lines: after a bootstrap or destroy, for a human reader. */
function showsClosing({ kind }: Selection, { dryRun, output }: CommandLine): boolean {
  return (kind === 'up' || kind === 'down') && output !== 'json' && !dryRun
}

/** With `--quiet`, only the result. */
function closingOf({ next, said, url }: Closing, { complete, line, surroundings }: Work): string {
  if (line.quiet) return url ?? said
  const { columns, isTTY } = surroundings.streams.stdout
  return closingText({ said, next: next.map(complete), ...(url && { url }) }, isTTY ? columns - 1 : undefined)
}

/** Asks concurrent questions one at a time. */
function oneAtATime(ask: Presenter['ask']): Presenter['ask'] {
  let last: Promise<unknown> = Promise.resolve()
  return (text, closed) => {
    const next = last.then(() => ask(text, closed))
    last = next.catch(() => undefined)
    return next
  }
}

/** Makes a command's output safe for a terminal, unless it is file content that goes to another file. */
function outputsFor(
  { kept, verbatim }: CommandOptions,
  { stderr, stdin, stdout }: Streams,
  ink: Ink | undefined,
  note: (text: string) => void,
) {
  const heard = (stream: NodeJS.WriteStream, inked: boolean) => {
    const safe = printing(ink && inked ? rewriting(stream, ink.on(stream)) : stream)
    return kept ? overheard(safe, (text) => note(text.trimEnd())) : safe
  }
  // Output to a file or another program is left unchanged.
  const inked = !verbatim && (stdout.isTTY || ink?.inGitHub(stdout) === true)
  return {
    stdin,
    stdout: verbatim && !stdout.isTTY ? stdout : heard(stdout, inked),
    stderr: heard(stderr, true),
  }
}

function ownsStdout(selection: Selection): boolean {
  return selection.kind === 'command' && !selection.entry.options.asTask
}

function worksUnopened(selection: Selection): boolean {
  return selection.kind === 'command' && selection.entry.options.unopened === true
}

/** The session of a command that works without opening the application. */
function unopened(context: Opening): Session<unknown> {
  return { context, subject: {}, close: async () => {} }
}

function mayHaveChild(selection: Selection): boolean {
  return selection.kind === 'command' && selection.entry.options.child === true
}

/** What a run covers, in order: tasks, or its command. */
async function coveredTasks(selection: Selection, line: CommandLine): Promise<CoveredTask[]> {
  if (selection.kind === 'command') return [selection.entry]
  const tasks: AnyTask[] = line.only || selection.kind === 'undo' ? selection.goals : closure(selection.goals)
  if (selection.kind !== 'down' && selection.kind !== 'undo') return tasks
  const undone: CoveredTask[] = []
  for (const task of [...tasks].reverse()) {
    const { undo, undoing } = await task.load()
    if (undo) undone.push({ ...task, description: undoing ?? `Undo ${task.name}` })
  }
  return undone
}

async function showStatus(work: Work, selection: Selection & { kind: 'status' }): Promise<number> {
  const { interruption, line, surroundings } = work
  const reading = readStatus(selection.entry.goal, {
    ...work,
    signal: interruption.signal,
    locate: (failure) => located(failure, surroundings),
  })
  const document = await interruption.bound(reading)
  interruption.signal.throwIfAborted()
  const { stdout } = surroundings.streams
  stdout.write(
    line.output === 'json'
      ? `${jsonText(document, 2)}\n`
      : work.ink.on(stdout)(printable(await statusText(document, stdout))),
  )
  return statusExit(document)
}

/** Does the work and emits the end event. */
async function perform(
  work: Work,
  selection: Exclude<Selection, { kind: 'status' }>,
  started: number,
): Promise<number> {
  const { events, interruption, line, report, surroundings } = work
  const outcome = new Outcome(
    (event) => events.emit(event),
    (failure) => located(failure, surroundings),
  )
  let error: Failure | undefined
  let exit = 0
  try {
    exit = await lockedIfChanging(work, selection, () => {
      const working = dispatch(work, selection, outcome)
      return mayHaveChild(selection) ? working : interruption.bound(working)
    })
  } catch (thrown) {
    error = located(asFailure(thrown), surroundings)
  }
  if (interruption.signal.aborted) {
    const own = error ?? outcome.first
    error = own?.code === 'INTERRUPTED' ? own : asFailure(interruption.signal.reason)
    exit = interruption.exit ?? 130
  } else if (error ?? outcome.first) exit = exitOf((error ?? outcome.first)!)
  const end: End = outcome.end(report, performance.now() - started, line.dryRun, exit, error)
  const quiet = !error || interruption.signal.aborted
  const silent = ownsStdout(selection) && quiet && outcome.failed.length === 0
  if (silent) work.journal?.note(end)
  else events.emit(end)
  if (line.verbose) printStack(work, error ?? outcome.first)
  return exit
}

async function lockedIfChanging(
  { line, lock: place, tools }: Work,
  selection: Selection,
  body: () => Promise<number>,
): Promise<number> {
  if (!place || !changes(selection, line)) return body()
  const lock = await holdAlone(place, line, tools)
  try {
    return await body()
  } finally {
    await lock.release()
  }
}

async function dispatch(
  work: Work,
  selection: Exclude<Selection, { kind: 'status' }>,
  outcome: Outcome,
): Promise<number> {
  const { equip, events, interruption, line, taskfile } = work
  const emit = events.emit.bind(events)
  const run = { options: { ...line, signal: interruption.signal }, equip, emit, outcome }
  const name = selection.entry.name
  if (selection.kind === 'up') await bringUp(selection.goals, run)
  else if (selection.kind === 'undo') {
    await undoGoals(selection.goals, closure(tasksOf(taskfile)), equip(name), run)
  } else if (selection.kind === 'down') {
    const steps = await selection.entry.load()
    await takeDown(selection.entry.goal, steps, equip(name), run)
  } else return execute(work, selection, outcome)
  return 0
}

async function execute(
  work: Work,
  { entry, words }: Selection & { kind: 'command' },
  outcome: Outcome,
): Promise<number> {
  const { equip, events, interruption, line, surroundings } = work
  const values = new Map<AnyTask, unknown>()
  const required = Object.values(entry.requires)
  const findings = await interruption.bound(inspect(closure(required), equip, interruption.signal))
  interruption.signal.throwIfAborted()
  for (const task of required) {
    const finding = findings.get(task)
    if (finding?.state === 'done') values.set(task, finding.value)
    else throw notUp(entry.name, task, findings)
  }
  const started = performance.now()
  const own = !entry.options.asTask
  // A command that owns stdout reports on itself; the journal still gets its events.
  const tell = (event: Event) => (own ? work.journal?.note(event) : events.emit(event))
  tell({ event: 'start', task: entry.name, why: entry.description })
  const steps = await entry.load()
  const exit = await steps.execute(
    {
      ...equip(entry.name),
      // JSON and the output of another program are left unchanged.
      ...outputsFor(
        entry.options,
        surroundings.streams,
        line.output === 'json' || entry.options.child ? undefined : work.ink,
        (message) => work.journal?.note({ event: 'log', task: entry.name, message }),
      ),
      words,
      before: line.words.slice(1),
      rest: line.rest ?? [],
      pipeline: {
        tasks: closure(tasksOf(work.taskfile)),
        inspect: (tasks: AnyTask[]) => interruption.bound(inspect(tasks, equip, interruption.signal)),
      },
      json: line.output === 'json',
      flags: { undo: line.undo, force: line.force, dryRun: line.dryRun },
    } as never,
    valuesOf(entry.requires, values) as never,
  )
  if (exit === 0) {
    if (!own) outcome.ran.push(entry.name)
    tell({ event: 'done', task: entry.name, ms: Math.round(performance.now() - started), message: '' })
  }
  return exit
}

/** Why a command cannot run without a task. A check that failed explains more than a missing dependency, so it comes first. */
function notUp(command: string, task: AnyTask, findings: Map<AnyTask, Finding>): Failure {
  for (const finding of findings.values()) {
    if (finding.state === 'unknown' || finding.state === 'refused') return finding.failure
  }
  const missing = (one: AnyTask) => findings.get(one)?.state !== 'done'
  let first = task
  for (let need: AnyTask | undefined = task; need; need = Object.values(first.needs).find(missing))
    first = need
  return new Failure('NOT_UP', {
    message: `${command} needs ${task.name}, which is not done`,
    cause: `${first.name}: ${whyOf(findings.get(first)!)}`,
    next: 'npx task bootstrap',
  })
}

/** With `--verbose`: prints the stack trace of an unexpected error. */
function printStack({ surroundings }: Work, failure: Failure | undefined): void {
  const stack = failure && stackOf(failure, surroundings)
  if (stack) surroundings.streams.stderr.write(`${printable(stack)}\n`)
}
