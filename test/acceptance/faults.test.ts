import { readFileSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { slow } from '../optional.ts'
import { Project } from './project.ts'

// Errors in a user's task or Taskfile are reported as theirs, with the file and the line, and no stack trace of ours.

const test = suite('errors in a task')
const project = new Project()
const taskfile = readFileSync(project.path('Taskfile.ts'), 'utf8')
const declared = "task('hello', 'Say hello', {}, () => import('./tasks/hello.ts'))"
const FAST = 'rehearsal.speed=2000'

function withHello(source: string): void {
  writeFileSync(
    project.path('Taskfile.ts'),
    taskfile.replace("    'Rarely needed',", `    ${declared},\n    'Rarely needed',`),
  )
  writeFileSync(project.path('tasks/hello.ts'), source)
}

const todo = "export async function check() {\n  return { state: 'todo', why: 'not said' }\n}\n"

slow(test, 'an error that a task throws names its file and line', async () => {
  withHello(
    `interface Word { text: string }\n\n${todo}\nfunction word(): Word {\n  return undefined as never\n}\n\nexport async function run() {\n  return word().text\n}\n`,
  )
  const plain = await project.run(['hello', FAST])
  assert.is(plain.code, 1)
  assert.match(
    plain.stdout,
    /TASK_FAULT tasks\/hello\.ts:12:\d+ threw TypeError: Cannot read properties of undefined/,
  )
  assert.not.match(plain.stdout + plain.stderr, /\.cjs|\.task\/build|tasks\/runner/)
  const verbose = await project.run(['hello', FAST, '--verbose'])
  assert.match(verbose.stderr, /^TypeError: .*\n +at .*tasks\/hello\.ts:12:\d+/m)
  assert.not.match(verbose.stderr, '.cjs')
  const { events } = await project.run(['hello', FAST, '--json'])
  const failure = events.find(({ event }) => event === 'fail') as { code?: string } | undefined
  assert.is(failure?.code, 'TASK_FAULT')
})

slow(test, 'so does an error that a command throws, and a thrown value that is not an Error', async () => {
  withHello(`export async function execute() {\n  throw new Error('no licence')\n}\n`)
  writeFileSync(
    project.path('Taskfile.ts'),
    taskfile.replace(
      "    'Rarely needed',",
      "    command('hello', 'Say hello', () => import('./tasks/hello.ts')),\n    'Rarely needed',",
    ),
  )
  const command = await project.run(['hello', FAST])
  assert.equal([command.code, command.stdout], [1, ''])
  assert.match(command.stderr, /^TASK_FAULT tasks\/hello\.ts:2:9 threw Error: no licence$/m)
  withHello(`${todo}export async function run() {\n  throw 'up'\n}\n`)
  assert.match(
    (await project.run(['hello', FAST])).stdout,
    /TASK_FAULT something threw 'up'\n +why: +it is not an Error/,
  )
})

slow(test, 'a task without check, and one whose check returns something invalid', async () => {
  for (const [source, said] of [
    ['export async function run() {}\n', /TASK_FAULT task hello has no check\n +why: +tasks\/hello\.ts\n/],
    [todo, /TASK_FAULT task hello has no run\n +why: +tasks\/hello\.ts\n/],
    [
      '\nexport async function check() {}\nexport async function run() {}\n',
      /TASK_FAULT the check of hello returned undefined\n +why: +tasks\/hello\.ts:2\n/,
    ],
  ] as const) {
    withHello(source)
    const { code, stdout } = await project.run(['hello', FAST])
    assert.is(code, 1)
    assert.match(stdout, said)
  }
})

slow(test, 'a Taskfile that is not a pipeline', async () => {
  for (const [source, said] of [
    [
      taskfile.replace('export default taskfile', 'export const pipeline = taskfile'),
      /Taskfile\.ts has no default export/,
    ],
    ['export default 5\n', /the Taskfile does not export a pipeline\n +why: +Taskfile\.ts:1: /],
    [
      taskfile.replace("    'Rarely needed',", '    keypair,'),
      /two entries of the Taskfile are named keypair\n +why: +Taskfile\.ts:\d+: /,
    ],
    [
      'const none: any = undefined\nexport default none.such\n',
      /cannot be evaluated\n +why: +Taskfile\.ts:2:21: TypeError: /,
    ],
  ] as const) {
    writeFileSync(project.path('Taskfile.ts'), source)
    const [plain, json] = [await project.run(['status']), await project.run(['status', '--json'])]
    assert.equal([plain.code, plain.stdout], [2, ''])
    assert.match(plain.stderr, said)
    assert.not.match(plain.stderr, '.cjs')
    assert.equal([json.end.event, json.end.error.code], ['end', 'USAGE'])
  }
})

test.after(() => project.remove())

test.run()
