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

/** Called by the scripts that `completion` prints, at each press of the tab key; not listed. */
const COMPLETE = '__complete'

/** Parses the command line, executes it, and returns the exit status. Never throws. */
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
    const early = await answerWithoutConfig(taskfile, line, surroundings)
    if (early !== undefined) {
      stdout.write(early)
      return 0
    }
  } catch (thrown) {
    return reportFailure(asFailure(thrown), outputOptionsOf(argv), started, surroundings)
  }
  // Until the application says which values are secret, treat all of them as secret.
  const interruption = new Interruption(rerunLine(argv, () => true))
  interruptOnClosedPipe(surroundings.streams, interruption)
  try {
    const { run } = await import('./run.ts')
    return await run(taskfile, line, surroundings, interruption, started)
  } catch (thrown) {
    const failure = interruption.signal.aborted ? asFailure(interruption.signal.reason) : asFailure(thrown)
    return await reportFailure(failure, line, started, surroundings, interruption.exit)
  } finally {
    interruption.dispose()
  }
}

/** Handles what needs no config and no task: version, help, list. */
async function answerWithoutConfig(
  taskfile: Taskfile<unknown>,
  line: CommandLine,
  { lastRun, streams: { stdout }, version }: Surroundings,
): Promise<string | undefined> {
  const json = line.output === 'json'
  if (line.version) return json ? `${jsonText({ version })}\n` : `${version}\n`
  if (line.help || line.words[0] === 'help')
    return (await import('./help/answer.ts')).helpFor(taskfile, line, stdout)
  if (line.list || line.words.length === 0) {
    const last = lastRun?.()
    if (!json) return (await import('./help/answer.ts')).listFor(taskfile, stdout, last?.line(stdout))
    const list = (await import('./help/list.ts')).listJson(taskfile)
    return last?.joined(list) ?? list
  }
  return undefined
}

type OutputOptions = Pick<CommandLine, 'output' | 'color' | 'verbose'>

/** The output options of a command line that could not be parsed. */
function outputOptionsOf(argv: string[]): OutputOptions {
  const asked = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined)
  const json = /(^|\n)(--json|--output[=\n]json)(\n|$)/.test(asked.join('\n'))
  return { output: json ? 'json' : 'auto', color: !asked.includes('--no-color'), verbose: false }
}

/** Reports a failure outside any task. */
async function reportFailure(
  thrown: Failure,
  options: OutputOptions,
  started: number,
  surroundings: Surroundings,
  exit = exitOf(thrown),
): Promise<number> {
  const { environment, streams } = surroundings
  const failure = located(thrown, surroundings)
  if (options.output === 'json') {
    const events = new Events()
    events.read((event) => streams.stdout.write(`${jsonText(event)}\n`))
    const ms = Math.round(performance.now() - started)
    const { unknown: _, ...report } = newReport()
    const nothing = { ran: [], skipped: [], failed: [], undone: [] }
    events.emit({ event: 'end', ok: false, exit, ms, ...nothing, ...report, error: factsOf(failure) })
    return exit
  }
  const { stderr } = streams
  const ink = inkFor(options, environment)
  const facts = printableDeep(factsOf(failure))
  const lines = [failureText(facts)]
  if (options.verbose) lines.push(stackOf(failure, surroundings) ?? '')
  stderr.write(ink.on(stderr)(`${await layOut(printable(lines.join('\n')), stderr, 8)}\n`))
  if (ink.inGitHub(stderr)) stderr.write(annotation(facts))
  return exit
}

/** Treats a closed pipe (`| head`) as an interruption, not a crash. */
function interruptOnClosedPipe(streams: Streams, interruption: Interruption): void {
  for (const stream of [streams.stdout, streams.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE' && interruption.exit === undefined)
        interruption.interrupt('the output was closed', CLOSED_PIPE)
    })
  }
}
