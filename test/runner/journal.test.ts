import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Failure } from '../../tasks/base/failure.ts'
import type { End, Event } from '../../tasks/runner/events.ts'
import { openJournal } from '../../tasks/runner/runs/journal.ts'
import { masking } from '../../tasks/runner/runs/masking.ts'
import { listRuns, readRun } from '../../tasks/runner/runs/read.ts'
import { runsFolder } from '../../tasks/runner/runs/record.ts'
import { newReport } from '../../tasks/runner/taskfile.ts'

const test = suite('journal')
const roots: string[] = []

function newRoot(): string {
  const root = mkdtempSync(path.join(tmpdir(), 'dcos-bootstrap-journal-'))
  roots.push(root)
  return root
}

const opening = {
  line: 'npx task bootstrap',
  what: 'bootstrap dcos',
  subject: { name: 'dcos' },
  version: '1',
  tasks: [{ name: 'wait', description: 'Wait', after: [] }],
}

function endOf(exit: number): End {
  const { unknown: _, ...report } = newReport()
  return {
    event: 'end',
    ok: exit === 0,
    exit,
    ms: 5,
    ran: [],
    skipped: [],
    failed: [],
    undone: [],
    ...report,
  }
}

async function keep(root: string, events: Event[], secrets: string[] = []): Promise<string[]> {
  const logged: string[] = []
  const log = (message: string) => logged.push(message)
  const journal = await openJournal({ folder: runsFolder(root), opening, mask: masking(secrets), log })
  for (const event of events) journal.note(event)
  return logged
}

const failed: Event = {
  event: 'fail',
  task: 'wait',
  code: 'STACK_FAILED',
  message: 'it broke',
  cause: null,
  next: null,
}

test('the result of a run is derived from its events, complete or truncated', async () => {
  const root = newRoot()
  await keep(root, [endOf(0)])
  await keep(root, [failed, endOf(1)])
  await keep(root, [{ ...failed, code: 'INTERRUPTED' }, endOf(130)])
  await keep(root, [failed])
  const runs = await listRuns(root)
  assert.equal(
    runs.map(({ state, failure }) => [state, failure?.code]),
    [
      ['running', 'STACK_FAILED'],
      ['interrupted', undefined],
      ['failed', 'STACK_FAILED'],
      ['done', undefined],
    ],
  )
  const { id } = runs[2]!
  const file = path.join(runsFolder(root), `${id}.ndjson`)
  // As after a full disk.
  writeFileSync(file, readFileSync(file, 'utf8').slice(0, -40))
  const cut = await readRun(root, id)
  assert.equal([cut.events.length, cut.summary.state], [1, 'running'])
  // The process id now belongs to another process, or to none.
  const dead = readFileSync(file, 'utf8').replace(/"pid":\d+/, '"pid":999999999')
  writeFileSync(file, dead)
  assert.is((await readRun(root, id)).summary.state, 'ended without a result')
})

test('an unknown id gets similar ones as suggestions', async () => {
  const root = newRoot()
  const said = (id?: string) =>
    readRun(root, id).then(
      () => '',
      (failure: Failure) => `${failure.code} ${failure.message} ${failure.next}`,
    )
  assert.match(await said('x'), /USAGE no runs are recorded here.*npx task bootstrap/)
  await keep(root, [endOf(0)])
  const [run] = await listRuns(root)
  assert.ok((await said(`${run!.id}0`)).includes(`did you mean ${run!.id}?`))
  assert.is((await readRun(root)).summary.id, run!.id)
})

test('secrets are removed from every text, short words are kept', async () => {
  const root = newRoot()
  const secret = 'hunter2-and-more'
  const value = { deep: [`a ${secret} b`], [`key ${secret}`]: 'Yes' }
  const done: Event = { event: 'done', task: 'wait', ms: 1, message: `with ${secret}`, value }
  await keep(
    root,
    [done, { event: 'log', task: null, message: 'see https://me:pass@example.org' }],
    [secret, 'Yes'],
  )
  const [file] = readdirSync(runsFolder(root)).filter((name) => name.endsWith('.ndjson'))
  const text = readFileSync(path.join(runsFolder(root), file!), 'utf8')
  assert.not.match(text, /hunter2|me:pass/)
  assert.match(text, '"message":"with <value>"')
  assert.match(text, '"key <value>":"Yes"')
})

test('the folder and its files are private to this user; the last fifty runs are kept, with their files', async () => {
  const root = newRoot()
  const folder = runsFolder(root)
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o755)
  for (let day = 10; day < 70; day++) writeFileSync(path.join(folder, `202001${day}-000000.ndjson`), '')
  for (const day of [10, 69]) writeFileSync(path.join(folder, `202001${day}-000000.html`), '')
  await keep(root, [endOf(0)])
  const names = readdirSync(folder)
  const journals = names.filter((name) => name.endsWith('.ndjson'))
  assert.equal([journals.length, journals.sort()[0]], [50, '20200121-000000.ndjson'])
  assert.equal(
    names.filter((name) => name.endsWith('.html')),
    ['20200169-000000.html'],
  )
  assert.is(statSync(folder).mode & 0o777, 0o700)
  assert.is(statSync(path.join(folder, journals.at(-1)!)).mode & 0o777, 0o600)
  assert.is(statSync(path.join(folder, 'last')).mode & 0o777, 0o600)
})

test('if nothing can be written, the run continues, and that is logged once', async () => {
  const root = newRoot()
  writeFileSync(path.join(root, '.task'), '')
  const logged = await keep(root, [failed, endOf(1)])
  assert.is(logged.length, 1)
  assert.match(logged[0]!, /^this run cannot be recorded/)
})

test.after(() => {
  for (const root of roots) rmSync(root, { recursive: true, force: true })
})

test.run()
