import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { variables } from '../config/environment.ts'
import { configTable, describeKeys } from '../config/table.ts'
import taskfile from '../Taskfile.ts'
import { codes } from '../tasks/base/failure.ts'
import { advice } from '../tasks/cluster/advice.ts'
import { options, parseCommandLine } from '../tasks/runner/command-line.ts'
import { select } from '../tasks/runner/select.ts'
import { Project } from './acceptance/project.ts'

const test = suite('README and docs')
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]
const read = (name: string) => readFileSync(name, 'utf8')

const TABLE = /(<!-- config table: [^>]*-->\n\n)([\s\S]*?)(\n<!-- end of the config table -->)/

test('the config table is what the schema says (UPDATE=1 node test/run.js readme writes it)', () => {
  if (process.env.UPDATE) {
    const written = read('docs/config.md').replace(TABLE, (_, head, __, foot) => head + configTable() + foot)
    writeFileSync('docs/config.md', written)
  }
  assert.is(TABLE.exec(read('docs/config.md'))?.[2], configTable())
})

test('the README can be read in a few minutes', () => {
  assert.ok(Buffer.byteLength(read('README.md')) <= 8192)
})

test('every task of the Taskfile is in the table of commands', () => {
  const missing = taskfile.entries.filter(
    (entry) => !read('docs/commands.md').includes(`| \`npx task ${entry.name}`),
  )
  assert.equal(
    missing.map((entry) => entry.name),
    [],
  )
})

test('every option is in the table of options, with its short form', () => {
  for (const [name, option] of Object.entries(options)) {
    const row = read('docs/commands.md')
      .split('\n')
      .find((line) => line.startsWith('| `-') && new RegExp(`--${name}\\b`).test(line))
    assert.ok(row, `--${name}`)
    if ('short' in option) assert.match(row, `\`-${option.short}\``)
  }
})

test('every failure code is named and has a page of advice of its own', () => {
  assert.equal(Object.keys(advice).sort(), [...codes].sort())
  for (const code of codes) {
    assert.match(read('docs/errors.md'), `\`${code}\``)
    assert.ok(advice[code].trim().length > 60, code)
  }
  assert.is(new Set(Object.values(advice)).size, codes.length)
})

test("every variable of the old tool's is named", () => {
  for (const name of variables.keys()) assert.match(read('docs/config.md'), `\`${name}\``)
})

test('every command line that is shown is one: its tasks, options and keys exist', () => {
  const lines = documents.flatMap((file) =>
    [...read(file).matchAll(/npx task (?!\[)([^`\n]*?)(?= {2,}#|`|\n| && )/g)].map((found) => found[1]!),
  )
  assert.ok(lines.length > 20, `${lines.length} command lines found`)
  const keys = describeKeys().map((about) => about.key)
  const names = taskfile.entries.map(({ name }) => name)
  // The last is the task that is added as an example.
  const explained = [...codes, ...keys, ...names, 'CODE', 'KEY', 'TASK', 'bookmark']
  for (const shown of lines) {
    const argv = shown
      .replace(/ (PORT|WORD…)$/, '')
      .split(/ +/)
      .filter(Boolean)
    if (argv.length === 0) continue
    const line = parseCommandLine(argv, {})
    if (line.words[0] === 'help') assert.ok(explained.includes(line.words[1]!), shown)
    else if (line.words.length > 0) select(line, taskfile)
    for (const { key } of line.overrides) assert.ok(keys.includes(key), `${shown}: ${key}`)
  }
})

test('links lead to files and headings that exist', () => {
  for (const file of documents) {
    const text = read(file)
    for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target!)) continue
      const [to, anchor] = target!.split('#')
      const destination = to ? path.join(path.dirname(file), to) : file
      assert.ok(existsSync(destination), `${file}: ${target}`)
      if (anchor) assert.ok(anchorsOf(destination).includes(anchor), `${file}: ${target}`)
    }
  }
})

test('the files and folders it speaks of exist', () => {
  for (const file of documents) {
    const named = read(file).matchAll(/`((?:config|tasks|templates|test|\.ci)\/[\w./-]*)`/g)
    for (const [, name] of named) {
      if (name !== 'tasks/bookmark.ts') assert.ok(existsSync(name!), `${file}: ${name}`)
    }
  }
})

test('the task that is added as an example compiles, runs and is undone', async () => {
  const [steps, declaration] = [...read('docs/tasks.md').matchAll(/```ts\n([\s\S]*?)```/g)].map(
    (found) => found[1]!,
  )
  const project = new Project()
  try {
    writeFileSync(project.path('tasks/bookmark.ts'), steps!)
    const listed = readFileSync('Taskfile.ts', 'utf8')
      .replace('export default', `${declaration}\nexport default`)
      .replace(/^ {4}cliConfig,$/m, '    cliConfig,\n    bookmark,')
    writeFileSync(project.path('Taskfile.ts'), listed)
    const compiled = spawnSync(path.resolve('node_modules/.bin/tsc'), ['--noEmit'], { cwd: project.folder })
    const faults = compiled.stdout.toString().match(/^.*(?:bookmark|Taskfile).*$/gm)
    assert.is(faults, null, faults?.join('\n'))
    assert.is.not(compiled.status, null)
    const speed = 'rehearsal.speed=5000'
    const first = await project.run(['bookmark', speed, '--json'])
    assert.ok(first.end.ran.includes('bookmark'), first.stdout + first.stderr)
    assert.is(readFileSync(project.path('bookmark.txt'), 'utf8'), first.end.url)
    const second = await project.run(['bookmark', speed, '--json'])
    assert.equal(second.end.ran, [])
    const undone = await project.run(['bookmark', '--undo', '--yes', '--json', speed])
    assert.equal(undone.end.undone, ['bookmark'])
    assert.not.ok(existsSync(project.path('bookmark.txt')))
  } finally {
    project.remove()
  }
})

/** The anchors that GitHub gives to the headings of a document. */
function anchorsOf(file: string): string[] {
  return [...read(file).matchAll(/^#+ (.*)$/gm)].map((heading) =>
    heading[1]!
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}

test.run()
