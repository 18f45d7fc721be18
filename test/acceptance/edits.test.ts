import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { slow } from '../optional.ts'
import { Project } from './project.ts'

const edits = suite('an edit of the tasks')
const project = new Project()

slow(edits, 'it takes effect on the next start, and a compile error is reported with its place', async () => {
  const list = async () => (await project.run(['--list'])).stdout
  const edit = (file: string, change: (text: string) => string) =>
    writeFileSync(project.path(file), change(readFileSync(project.path(file), 'utf8')))
  assert.match(await list(), /Bring the cluster up/)
  const original = readFileSync(project.path('Taskfile.ts'), 'utf8')

  // A new task: a file, and a line in the Taskfile.
  writeFileSync(
    project.path('tasks/hello.ts'),
    `export async function execute(use: { stdout: NodeJS.WriteStream }) { use.stdout.write('hello\\n'); return 7 }\n`,
  )
  edit('Taskfile.ts', (text) =>
    text.replace(
      "command('clean'",
      "command('hello', 'Say hello', () => import('./tasks/hello.ts')),\n    command('clean'",
    ),
  )
  assert.match(await list(), /hello +Say hello/)
  const hello = await project.run(['hello'])
  assert.equal([hello.code, hello.stdout], [7, 'hello\n'])
  edit('tasks/hello.ts', (text) => text.replace('hello\\n', 'hullo\\n'))
  assert.is((await project.run(['hello'])).stdout, 'hullo\n')

  // Broken, and fixed.
  for (const [file, broken, place] of [
    ['Taskfile.ts', "const x = task('x',\n", /Taskfile\.ts:\d+:\d+: /],
    ['Taskfile.ts', "import { nothing } from './tasks/nowhere.ts'\nnothing()\n", /Taskfile\.ts:\d+:\d+: /],
    ['tasks/keypair.ts', 'export const = 1\n', /tasks\/keypair\.ts:\d+:14: /],
  ] as const) {
    const good = readFileSync(project.path(file), 'utf8')
    appendFileSync(project.path(file), broken)
    const [plain, json] = await Promise.all([project.run(['status']), project.run(['status', '--json'])])
    assert.equal([plain.code, plain.stdout], [2, ''])
    assert.match(plain.stderr, place)
    assert.match(plain.stderr, /^USAGE [\s\S]*\n {2}next: /)
    assert.not.match(plain.stderr, /^ {4}at /m)
    assert.equal([json.code, json.end.event, json.end.ok, json.end.error.code], [2, 'end', false, 'USAGE'])
    assert.match(json.end.error.cause, place)
    writeFileSync(project.path(file), good)
  }
  writeFileSync(project.path('Taskfile.ts'), original)
  assert.not.match(await list(), /hello/)
  assert.is((await project.run(['status'])).code, 3)
})

edits.after(() => project.remove())

edits.run()
