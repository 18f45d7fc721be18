import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exampleOf } from '../../config/example.ts'
import { nearest, page } from '../../config/explain.ts'
import { readOverrides } from '../../config/overrides.ts'
import { keysOf, leaves, shapeAt } from '../../config/shape.ts'
import { describeKeys } from '../../config/table.ts'
import taskfile from '../../Taskfile.ts'
import { Failure } from '../../tasks/base/failure.ts'
import { type CommandLine, options, parseCommandLine } from '../../tasks/runner/command-line.ts'
import { helpFor, listFor } from '../../tasks/runner/help/answer.ts'
import { listShort, listText } from '../../tasks/runner/help/list.ts'
import { generalHelp } from '../../tasks/runner/help/options.ts'
import type { Help } from '../../tasks/runner/help/text.ts'
import { select } from '../../tasks/runner/select.ts'
import { task } from '../../tasks/runner/task.ts'
import { command, taskfile as declare } from '../../tasks/runner/taskfile.ts'

const test = suite('help')
const nowhere = {} as NodeJS.WriteStream
const terminal = (columns: number, rows = 24) => ({ isTTY: true, columns, rows }) as NodeJS.WriteStream
const ask = (...words: string[]) => helpFor(taskfile, parseCommandLine(words, {}), nowhere)

/** The words of a command, as a shell would split it. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/(?:[^\s"]+|"[^"]*")+/g)].map(([word]) => word.replaceAll('"', ''))
}

/** Throws unless a command is valid: its tasks, options and keys exist, and its values are allowed. */
function judge(line: string): CommandLine {
  const read = parseCommandLine(wordsOf(line), {})
  select(read, taskfile)
  const { problems } = readOverrides(read.overrides, process.cwd())
  assert.equal(problems, [], line)
  return read
}

for (const entry of taskfile.entries) {
  test(`${entry.name}: its help names existing keys and valid commands`, async () => {
    const { help } = ((await entry.load?.()) ?? {}) as { help?: Help }
    assert.ok(help, `tasks/${entry.name}.ts does not export help`)
    for (const key of help.keys) assert.ok(shapeAt(key), key)
    for (const name of Object.keys(help.options ?? {})) assert.ok(Object.hasOwn(options, name), name)
    assert.ok(help.examples.length >= 2)
    for (const line of help.examples) assert.is(judge(line).words[0], entry.name)
    const text = await ask('help', entry.name)
    for (const part of [
      `npx task ${entry.name} `,
      entry.description,
      'runs:',
      'keys:',
      'exit:',
      'Options',
      'Examples',
    ])
      assert.ok(text.includes(part), text)
    if (entry.kind === 'task') assert.match(text, /^ {2}checks: [\s\S]*^ {2}undo: /m)
  })
}

test('a task is explained by help TASK, TASK --help and -h alike, but not after --', async () => {
  const page = await ask('help', 'deploy')
  for (const line of [
    ['deploy', '--help'],
    ['-h', 'deploy'],
    ['deploy', 'app.json', 'region=us-east-1', '-h'],
    ['help', 'DEPLOY'],
  ])
    assert.is(await ask(...line), page)
  assert.is(parseCommandLine(['dcos', '--', 'node', '--help'], {}).help, false)
  assert.match(await ask('help', 'help'), /npx task help \[TASK \| KEY \| CODE\]/)
  assert.is(await ask('help', '--help'), await ask('help', 'help'))
})

test('a task without its own help has a page of its declaration', async () => {
  const first = task('first', 'Do it', {}, async () => ({}) as never)
  const own = declare(
    async () => ({}) as never,
    async () => ({ advice: {} as never }),
    [
      first as never,
      task('second', 'Do more', { first }, async () => ({}) as never) as never,
      command('ask [WHAT]', 'Ask', async () => ({}) as never, { takes: ['force'] }),
    ],
  )
  const read = (name: string) => helpFor(own, parseCommandLine(['help', name], {}), nowhere)
  assert.match(await read('second'), /Do more\n\n {2}runs: .*\n {2}needs: +first\n {2}exit: +0 done/)
  assert.match(await read('ask'), /^npx task ask \[WHAT\].*[\s\S]*-f, --force[\s\S]*npx task ask\n$/)
})

test('every key and every section is explained, with a valid example', async () => {
  for (const key of keysOf()) assert.match(page(key.toUpperCase())!, key)
  for (const shape of leaves()) {
    judge(`bootstrap ${exampleOf(shape.key, shape).line}`)
    const { allowed, description } = describeKeys().find(({ key }) => key === shape.key)!
    const text = await ask('help', shape.key)
    assert.ok(text.includes(description) && text.includes(allowed), text)
  }
  assert.match(await ask('help', 'agents.private'), /default: +5\n {2}variable: DCOS_WORKER_NODES\n/)
  assert.match(await ask('help', 'access'), /access\.oauth +Whether/)
  assert.is(page('agents.nothing'), undefined)
})

const near: Record<string, RegExp> = {
  STACK_FAIL: /did you mean STACK_FAILED\?/,
  'stack-faild': /did you mean STACK_FAILED\?/,
  bootstap: /did you mean bootstrap\?/,
  'agent.private': /did you mean agents\.private\?/,
  adminlocation: /did you mean access\.adminLocation\?/,
  hlep: /did you mean help\?/,
}
for (const [word, message] of Object.entries(near)) {
  test(`help ${word} suggests similar words`, async () => {
    const failure = await ask('help', word).then(
      () => assert.unreachable(),
      (error: Failure) => error,
    )
    assert.instance(failure, Failure)
    assert.is((failure as Failure).code, 'USAGE')
    assert.match((failure as Failure).message, message)
    const [, meant] = /did you mean ([^,? ]+)/.exec((failure as Failure).message)!
    assert.is((failure as Failure).next, `npx task help ${meant}`)
    await ask('help', meant!)
  })
}

test('help refuses what it cannot do', async () => {
  for (const line of [
    ['help', '--json'],
    ['help', 'stack', 'wait'],
    ['help', 'xyzzy'],
  ])
    await ask(...line).then(
      () => assert.unreachable(line.join(' ')),
      (error: Failure) => assert.is(error.code, 'USAGE'),
    )
  assert.equal(nearest('xyzzy'), [])
})

test('the list and the general help fit a terminal of 80 columns and 24 rows', () => {
  for (const text of [listShort(taskfile), listFor(taskfile, terminal(80)), generalHelp()]) {
    const lines = text.trimEnd().split('\n')
    assert.ok(lines.length <= 23, `${lines.length} lines:\n${text}`)
    for (const line of lines) assert.ok(line.length <= 79, line)
  }
  for (const { name } of taskfile.entries) assert.match(listShort(taskfile), new RegExp(`\\b${name}\\b`))
  for (const name of Object.keys(options)) assert.ok(generalHelp().includes(`--${name}`), name)
  assert.is(listFor(taskfile, nowhere), listText(taskfile))
  assert.is(listFor(taskfile, terminal(80, 60)), listText(taskfile))
})

test('no page splits a word, whatever the width of the terminal', async () => {
  const words = [
    [],
    ...taskfile.entries.map(({ name }) => [name]),
    ['access'],
    ['cli.url'],
    ['CLI_UNAVAILABLE'],
    ['help'],
  ]
  for (const columns of [40, 80, 120]) {
    for (const word of words) {
      const line = parseCommandLine(['help', ...word], {})
      const [whole, fit] = [
        await helpFor(taskfile, line, nowhere),
        await helpFor(taskfile, line, terminal(columns)),
      ]
      assert.equal(fit.split(/\s+/), whole.split(/\s+/), 'the same words')
      for (const row of fit.split('\n')) {
        const toRun = /^ {2}npx task /.test(row)
        const longWord = row.trim().split(' ').length === 1
        assert.ok(row.length < columns || toRun || longWord, `${columns}: ${row}`)
      }
    }
    for (const row of listFor(taskfile, terminal(columns)).split('\n')) assert.ok(row.length < columns, row)
  }
})

test.run()
