import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { FailureFacts } from '../../tasks/runner/events.ts'
import { Project, type Ran } from './project.ts'
import { files, NOTHING, type Slip, slipsIn } from './slips.ts'

const slips = suite('bad input')

const project = new Project()
const folder = project.path('in')
mkdirSync(folder)
for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder, name), content)

/** A server with bad responses: each path returns a different wrong thing. */
const server = createServer((request, response) => {
  const name = path.basename(request.url ?? '')
  if (name in files) response.end(files[name])
  else response.writeHead(404, { 'content-type': 'text/html' }).end(files['page.html'])
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
const cases = slipsIn(folder, host)

/** Every file of the project that a run could have written, with its size, except compiled sources and journals. */
function tree(): string[] {
  return readdirSync(project.folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !/^\.task\/(build|runs)\//.test(path.relative(project.folder, file)))
    .map((file) => `${path.relative(project.folder, file)} ${statSync(file).size}`)
    .sort()
}

// Nothing here changes anything, so the runs are concurrent, while uvu waits for one after another.
await project.run(['--list'])
const before = tree()
const runs = new Map<string, Promise<{ plain: Ran; json: Ran }>>()
const waiting = Object.entries(cases).map(([name, { args, environment = {} }]) => {
  let begin = () => {}
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  const ran = begun.then(async () => ({
    plain: await project.run(args, { environment }),
    json: await project.run([...args, '--json'], { environment }),
  }))
  runs.set(name, ran)
  return { begin, ran }
})
const lane = async () => {
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    next.begin()
    await next.ran
  }
}
const lanes = Promise.all([lane(), lane()])

for (const [name, slip] of Object.entries(cases)) {
  slips(name, async () => {
    const { json, plain } = await runs.get(name)!
    judgePlain(plain, slip)
    judgeJson(json, slip)
  })
}

/** What people read: the code, the place, and no internals. */
function judgePlain(ran: Ran, { code, exit, hides, names }: Slip): void {
  const text = ran.stdout + ran.stderr
  assert.is(ran.code, exit, text)
  const flat = unwrapped(text)
  assert.ok(flat.includes(code), `${code} in ${text}`)
  assert.match(flat, /next: \S/)
  for (const part of names) assert.ok(flat.includes(part), `${JSON.stringify(part)} in ${text}`)
  clean(text, hides)
}

/** What scripts read: every line is an event, and the last one the result. */
function judgeJson(ran: Ran, { calls, code, exit, hides, names }: Slip): void {
  const { end, stderr, stdout } = ran
  assert.is(ran.code, exit, stdout + stderr)
  const lines = stdout.trimEnd().split('\n')
  assert.equal(
    lines.map((line) => JSON.parse(line)),
    ran.events,
    'every line is an event',
  )
  assert.is(end.event, 'end', stdout)
  assert.equal([end.ok, end.exit], [false, exit])
  const failures: FailureFacts[] = ran.events.flatMap((event) => {
    if (event.event === 'fail') return [event]
    return event.event === 'end' && event.error ? [event.error] : []
  })
  assert.equal([...new Set(failures.map((failure) => failure.code))], [code], stdout)
  const told = failures.map(({ cause, message }) => `${message}\n${cause}`).join('\n')
  const advice = failures.map(({ next }) => next).join('\n')
  for (const part of names)
    assert.ok(`${told}\n${advice}`.includes(part), `${JSON.stringify(part)} in ${stdout}`)
  for (const { next } of failures) assert.ok(next, `what to do: ${stdout}`)
  assert.equal([end.ran, end.undone, end.deleted, end.retained, end.left], [[], [], [], [], []], stdout)
  if (calls) assert.equal(end.calls, calls)
  for (const call of Object.keys(end.calls))
    assert.match(call, /:(Describe|List|Get|Head)/, 'only read requests')
  clean(stdout + stderr, hides)
}

function clean(text: string, hides: string | undefined): void {
  assert.not.match(text, /^ {4}at /m, 'no stack trace')
  assert.not.match(text, /\n {4}at |\\n {4}at /, 'no stack trace')
  assert.not.ok(text.includes('\u001b'), 'no escape byte')
  assert.not.match(text, /INTERNAL|TypeError|\[object |undefined|NaN/)
  if (hides) assert.not.ok(text.includes(hides), `a secret is printed: ${text}`)
}

/** Joins continuation lines, which are indented. */
function unwrapped(text: string): string {
  return text.replace(/\n +/g, '\n')
}

slips('no bad input created anything', async () => {
  await lanes
  assert.equal(tree(), before)
  const destroyed = await project.run(['destroy', '--yes', '--json'])
  assert.is(destroyed.code, 0, destroyed.stdout)
  assert.equal([destroyed.end.deleted, destroyed.end.left, destroyed.end.undone], [[], [], []])
  const status = await project.run(['status', '--json'])
  assert.is(status.code, 3, status.stdout)
})

slips(
  'an invalid download leaves no CLI behind, and the rerun brings up the rest of the cluster',
  async () => {
    const other = new Project()
    const args = ['bootstrap', 'rehearsal.speed=2000', '--json']
    const wrong = await other.run([...args, `cli.url=${host}/notes.txt`, `cli.sha256=${NOTHING}`])
    assert.is(wrong.code, 1, wrong.stdout)
    assert.equal(wrong.end.failed, ['cli-install'])
    assert.equal(binaries(other), [])
    const rerun = await other.run(args)
    assert.is(rerun.code, 0, rerun.stdout)
    assert.ok(rerun.end.ran.includes('cli-config'))
    assert.equal(
      [...wrong.end.ran, ...rerun.end.ran].filter((task) => task === 'keypair' || task === 'stack').sort(),
      ['keypair', 'stack'],
    )
    const gone = await other.run(['destroy', '--yes', '--json', 'rehearsal.speed=2000'])
    assert.equal([gone.code, gone.end.left], [0, []], gone.stdout)
    other.remove()
  },
)

slips('all errors are reported at once: config, parameters and missing credentials', async () => {
  const words = ['cloud=aws', 'access.publicKey=none.pub', 'parameters.Nonsense=1', '--json']
  const ran = await project.run(['bootstrap', ...words])
  assert.equal([ran.code, ran.end.failed, ran.end.calls], [2, ['preflight'], {}], ran.stdout)
  const { code, cause } = ran.events.find((event) => event.event === 'fail') as unknown as FailureFacts
  assert.is(code, 'CONFIG_INVALID')
  for (const fault of [
    'none.pub',
    'no parameter Nonsense',
    'installer.from is not set',
    'no AWS credentials',
  ])
    assert.match(cause!, fault)
})

function binaries({ folder: root }: Project): string[] {
  const stored = path.join(root, '.task/cli')
  return readdirSync(stored, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(
      (entry) =>
        `${entry.name}: ${readFileSync(path.join(entry.parentPath, entry.name), 'utf8').slice(0, 40)}`,
    )
}

slips.after(async () => {
  await lanes
  server.close()
  project.remove()
})

slips.run()
