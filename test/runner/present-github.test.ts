import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseCommandLine } from '../../tasks/runner/command-line.ts'
import type { Event, Stamped } from '../../tasks/runner/events.ts'
import { annotation, Groups, withoutCommands } from '../../tasks/runner/present/github.ts'
import { inkFor } from '../../tasks/runner/present/ink.ts'
import { openPresenter } from '../../tasks/runner/present/open.ts'
import { newReport } from '../../tasks/runner/taskfile.ts'

const test = suite('present/github')

/** Parses a line like GitHub's runner (actions/runner, ActionCommand.cs): the command in it, if any. */
function commandIn(line: string): string | undefined {
  const [, command] = /^\s*::([^:]*)::/.exec(line) ?? /##\[([^\]]*)\]/.exec(line) ?? []
  return command
}

test('no text contains a command', () => {
  for (const text of [
    '::add-mask::x',
    'stack\n   ::set-env name=PATH::/tmp',
    '\u00a0::error::x',
    'reason ##[add-mask]x',
    '::::error::',
    '##[##[error]]',
    'first\r::error::x',
  ]) {
    for (const line of withoutCommands(text).split(/[\r\n]/)) assert.is(commandIn(line), undefined, line)
  }
  const fine = 'arn:aws:iam::123456789012:role/dcos\n  at a::b ## [x]\n'
  assert.is(withoutCommands(fine), fine)
})

test('a failure is one line, whatever is in it', () => {
  const failure = {
    code: 'STACK_FAILED' as const,
    message: 'a: 100 %\r',
    cause: 'b,\n::c:: ##[d]',
    next: null,
  }
  assert.is(
    annotation(failure),
    '::error title=STACK_FAILED::a: 100 %25%0D%0A  why:  b,%0A        : :c:: ## [d]\n',
  )
})

/** The output if tasks write lines in this order: `a`, and `A` for the last line of `a`. */
function written(order: string): string[] {
  let text = ''
  const groups = new Groups({
    write: (more) => {
      text += more
    },
  })
  for (const [index, letter] of [...order].entries()) {
    const task = letter.toLowerCase()
    const line = `${task}${index}\n`
    if (letter === '-') groups.say(null, '-\n')
    else if (letter === task) groups.say(task, line)
    else groups.end(task, line)
  }
  groups.close()
  return text.trim().split('\n')
}

test('lines of concurrent tasks do not mix, and those of the first are printed immediately', () => {
  assert.equal(written('aA'), ['::group::a', 'a0', 'a1', '::endgroup::'])
  assert.equal(written('A'), ['a0'])
  assert.equal(written('abAbcCB'), [
    ...['::group::a', 'a0', 'a2', '::endgroup::'],
    ...['::group::b', 'b1', 'b3', 'b6', '::endgroup::'],
    ...['::group::c', 'c4', 'c5', '::endgroup::'],
  ])
  assert.equal(written('abBcA'), [
    ...['::group::a', 'a0', 'a4', '::endgroup::'],
    ...['::group::b', 'b1', 'b2', '::endgroup::'],
    ...['::group::c', 'c3', '::endgroup::'],
  ])
  assert.equal(written('ab-'), ['::group::a', 'a0', '-', '::endgroup::', 'b1'])
})

test('no order of lines loses a line, nests groups, or leaves one open', () => {
  for (let run = 0; run < 500; run++) {
    const ended = new Set<string>()
    let order = ''
    for (let index = 0; index < 12; index++) {
      const task = 'abcd'[Math.floor(Math.random() * 4)]!
      if (ended.has(task)) continue
      const last = Math.random() < 0.3
      if (last) ended.add(task)
      order += last ? task.toUpperCase() : task
    }
    let open: string | undefined
    const seen: string[] = []
    for (const line of written(order)) {
      if (line.startsWith('::group::')) {
        assert.is(open, undefined, order)
        open = line.slice(9)
      } else if (line === '::endgroup::') {
        assert.is.not(open, undefined, order)
        open = undefined
      } else if (line) {
        if (open) assert.is(line[0], open, order)
        seen.push(line)
      }
    }
    assert.is(open, undefined, order)
    assert.equal(seen.sort(), [...order].map((letter, index) => `${letter.toLowerCase()}${index}`).sort())
  }
})

/** The lines of a run in a GitHub log, without their times. */
async function logged(events: Event[], environment: Record<string, string>, words: string[] = []) {
  let text = ''
  const stream = { write: (more: string) => (text += more) } as unknown as NodeJS.WriteStream
  const line = parseCommandLine(words, {})
  const presenter = await openPresenter({
    streams: { stdin: process.stdin, stdout: stream, stderr: stream },
    lines: stream,
    line,
    tasks: [{ name: 'stack', description: 'Create the stack' }],
    subject: 'dcos',
    terminal: undefined,
    ink: inkFor(line, environment),
    signal: new AbortController().signal,
  })
  for (const event of events) presenter.read({ ...event, time: '2026-11-25T22:35:24.000Z' } as Stamped)
  await presenter.close()
  return text
}

test('only a run in GitHub Actions has groups for tasks and an annotation for its failure', async () => {
  const { unknown: _, ...report } = newReport()
  const failure = {
    code: 'STACK_FAILED' as const,
    message: 'it failed',
    cause: '::stop-commands::x',
    next: null,
  }
  const events: Event[] = [
    { event: 'start', task: 'stack', why: 'there is none' },
    { event: 'log', task: 'stack', message: 'first\n::add-mask::x' },
    { event: 'fail', task: 'stack', ...failure },
    {
      ...report,
      event: 'end',
      ok: false,
      exit: 1,
      ms: 5000,
      ran: [],
      skipped: [],
      failed: ['stack'],
      undone: [],
    },
  ]
  const inGitHub = await logged(events, { GITHUB_ACTIONS: 'true', FORCE_COLOR: '1' })
  assert.is(
    inGitHub,
    `dcos
::group::stack
22:35:24Z stack  … there is none
22:35:24Z stack  first
                 : :add-mask::x
22:35:24Z stack  STACK_FAILED it failed
                   why:  ::stop-commands::x
::endgroup::
::error title=STACK_FAILED::it failed%0A  why:  ::stop-commands::x
failed after 5 s, 0 AWS requests
`,
  )
  for (const [environment, words] of [
    [{}, []],
    [{ GITHUB_ACTIONS: 'true' }, ['--output', 'plain']],
  ] as const) {
    const elsewhere = await logged(events, environment, [...words])
    assert.not.match(elsewhere, /::(group|endgroup|error)/)
    assert.match(elsewhere, /^ +::add-mask::x$/m)
  }
})

test.run()
