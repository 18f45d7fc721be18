import { asFailure, type Failure } from '../base/failure.ts'
import { jsonText, printable, printableDeep } from '../base/terminal-text.ts'
import { type CommandLine, parseCommandLine } from './command-line.ts'
import { Events } from './events.ts'
import { located, stackOf } from './fault.ts'
import { Interruption } from './interruption.ts'
import { exitOf, factsOf } from './outcome.ts'
import { annotation } from './present/github.ts'
import { inkFor } from './present/ink.ts'
import { layOut } from './present/lay-out.ts'
import type { Streams } from './present/presenter.ts'
import { failureText } from './present/words.ts'
import { rerunLine } from './rerun.ts'
import type { Surroundings } from './surroundings.ts'
import { newReport, type Taskfile } from './taskfile.ts'

/** Exit status of a program whose output was closed: 128 + SIGPIPE, as for make. */
const CLOSED_PIPE = 141

/** What the scripts that `completion` prints call, at each press of the tab key; it is not listed. */
const COMPLETE = '__complete'

/** Reads the command line, does what it asks for, and answers with the exit status. Never throws. */
export async function main(
  taskfile: Taskfile<unknown>,
  argv: string[],
  surroundings: Surroundings,
): Promise<number> {
  const started = performance.now()
  const { stdout } = surroundings.streams
  let line: CommandLine
  if (argv[0] === COMPLETE) {
    const { completions } = await import('./complete/answer.ts')
    stdout.write(await completions(taskfile, argv.slice(1), surroundings))
    return 0
  }
  try {
    line = parseCommandLine(argv, surroundings.environment)
    const early = await answerAtOnce(taskfile, line, surroundings)
    if (early !== undefined) {
      stdout.write(early)
      return 0
    }
  } catch (thrown) {
    return complain(asFailure(thrown), lookOf(argv), started, surroundings)
  }
  // Until the application has said what is secret, everything may be.
  const interruption = new Interruption(rerunLine(argv, () => true))
  stopWritingToClosedPipes(surroundings.streams, interruption)
  try {
    const { run } = await import('./run.ts')
    return await run(taskfile, line, surroundings, interruption, started)
  } catch (thrown) {
    const failure = interruption.signal.aborted ? asFailure(interruption.signal.reason) : asFailure(thrown)
    return await complain(failure, line, started, surroundings, interruption.exit)
  } finally {
    interruption.dispose()
  }
}

/** What needs no config and no task: version, help, list. */
async function answerAtOnce(
  taskfile: Taskfile<unknown>,
  line: CommandLine,
  { lastRun, streams: { stdout }, version }: Surroundings,
): Promise<string | undefined> {
  const json = line.output === 'json'
  if (line.version) return json ? `${jsonText({ version })}\n` : `${version}\n`
  if (line.help || line.words[0] === 'help')
    return (await import('./help/answer.ts')).helpAsked(taskfile, line, stdout)
  if (line.list || line.words.length === 0) {
    const last = lastRun?.()
    if (!json) return (await import('./help/answer.ts')).listFor(taskfile, stdout, last?.line(stdout))
    const list = (await import('./help/list.ts')).listJson(taskfile)
    return last?.joined(list) ?? list
  }
  return undefined
}

type Look = Pick<CommandLine, 'output' | 'color' | 'verbose'>

/** How a command line that could not be read wants to be answered all the same. */
function lookOf(argv: string[]): Look {
  const asked = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined)
  const json = /(^|\n)(--json|--output[=\n]json)(\n|$)/.test(asked.join('\n'))
  return { output: json ? 'json' : 'auto', color: !asked.includes('--no-color'), verbose: false }
}

/** Reports a failure outside any task. */
async function complain(
  thrown: Failure,
  look: Look,
  started: number,
  surroundings: Surroundings,
  exit = exitOf(thrown),
): Promise<number> {
  const { environment, streams } = surroundings
  const failure = located(thrown, surroundings)
  if (look.output === 'json') {
    const events = new Events()
    events.read((event) => streams.stdout.write(`${jsonText(event)}\n`))
    const ms = Math.round(performance.now() - started)
    const { unknown: _, ...report } = newReport()
    const nothing = { ran: [], skipped: [], failed: [], undone: [] }
    events.emit({ event: 'end', ok: false, exit, ms, ...nothing, ...report, error: factsOf(failure) })
    return exit
  }
  const { stderr } = streams
  const ink = inkFor(look, environment)
  const facts = printableDeep(factsOf(failure))
  const lines = [failureText(facts)]
  if (look.verbose) lines.push(stackOf(failure, surroundings) ?? '')
  stderr.write(ink.on(stderr)(`${await layOut(printable(lines.join('\n')), stderr, 8)}\n`))
  if (ink.inGitHub(stderr)) stderr.write(annotation(facts))
  return exit
}

/** A reader that went away (`| head`) is an interruption, not a crash. */
function stopWritingToClosedPipes(streams: Streams, interruption: Interruption): void {
  for (const stream of [streams.stdout, streams.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE' && interruption.exit === undefined)
        interruption.interrupt('the output was closed', CLOSED_PIPE)
    })
  }
}
