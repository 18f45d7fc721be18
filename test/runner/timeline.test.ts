import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Event, Stamped } from '../../tasks/runner/events.ts'
import type { RunRecord } from '../../tasks/runner/runs/read.ts'
import { type Opening, Summing } from '../../tasks/runner/runs/record.ts'
import type { PartChange } from '../../tasks/runner/task.ts'
import { newReport } from '../../tasks/runner/taskfile.ts'
import { criticalPath } from '../../tasks/runner/timeline/critical-path.ts'
import { timelineOf } from '../../tasks/runner/timeline/model.ts'
import { timelinePage } from '../../tasks/runner/timeline/page.ts'

const test = suite('timeline')

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString()

const opening: Opening = {
  time: at(0),
  event: 'run',
  id: '20260101-000000',
  line: 'npx task up',
  what: 'up house',
  subject: { name: 'house' },
  version: '1',
  tasks: [
    { name: 'ground', description: 'Buy it', after: [] },
    { name: 'walls', description: 'Build them', after: ['ground'] },
    { name: 'garden', description: 'Plant it', after: ['ground'] },
    { name: 'party', description: 'Give it', after: ['walls', 'garden'] },
  ],
  process: { pid: 1, host: '', space: '', started: '' },
}

function recordOf(happened: [seconds: number, event: Event][]): RunRecord {
  const events = happened.map(([seconds, event]) => ({ time: at(seconds), ...event }) as Stamped)
  const summing = new Summing(opening)
  for (const event of events) summing.add(event)
  return { opening, events, summary: summing.summary('ended without a result') }
}

const start = (task: string): Event => ({ event: 'start', task, why: '' })
const done = (task: string, ms: number): Event => ({ event: 'done', task, ms, message: '' })
const change = (
  part: string,
  state: PartChange['state'],
  seconds: number,
  more: Partial<PartChange> = {},
) => ({
  part,
  kind: 'Thing',
  action: 'create',
  state,
  at: at(seconds),
  ...more,
})
const parts = (...changes: PartChange[]): Event => ({
  event: 'progress',
  task: 'walls',
  message: '',
  parts: changes,
})
const end = (exit: number): Event => {
  const { unknown: _, ...report } = newReport()
  return {
    event: 'end',
    ok: exit === 0,
    exit,
    ms: 0,
    ran: [],
    skipped: [],
    failed: [],
    undone: [],
    ...report,
  }
}

const good = recordOf([
  [0, { event: 'skip', task: 'ground', why: 'bought' }],
  [1, start('walls')],
  [1, start('garden')],
  [5, parts(change('brick', 'begin', 1, { after: [] }), change('mortar', 'begin', 1.1, { after: [] }))],
  [
    5,
    parts(
      change('mortar', 'done', 2),
      change('brick', 'done', 4),
      change('roof', 'begin', 4, { after: ['brick', 'mortar'] }),
    ),
  ],
  [6, done('garden', 5000)],
  [7, parts(change('roof', 'signal', 6, { reason: 'one is up' }), change('roof', 'done', 9))],
  [10, done('walls', 9000)],
  [12, done('party', 2000)],
  [12, end(0)],
])

test('each task and each part has its bar, from begin to end', () => {
  const { rows, ...whole } = timelineOf(good)
  assert.equal([whole.begin, whole.end], [Date.parse(at(0)), Date.parse(at(12))])
  const spans = rows.map(({ bars, name, of }) => [
    of ? `${of}/${name}` : name,
    ...bars.map(
      (bar) => `${(bar.begin - whole.begin) / 1000}-${(bar.end - whole.begin) / 1000} ${bar.state}`,
    ),
  ])
  assert.equal(spans, [
    ['ground', '0-0 skipped'],
    ['walls', '1-10 done'],
    ['walls/brick', '1-4 done'],
    ['walls/mortar', '1.1-2 done'],
    ['walls/roof', '4-9 done'],
    ['garden', '1-6 done'],
    ['party', '10-12 done'],
  ])
  assert.is(rows.find((row) => row.name === 'roof')!.bars[0]!.signals.length, 1)
})

const names = (run: RunRecord) =>
  criticalPath(timelineOf(run)).map(({ bar, row }) =>
    bar.action === 'delete' ? `${row.name} gone` : row.name,
  )

test('the critical path follows dependencies, and within a task its parts', () => {
  assert.equal(names(good), ['walls', 'brick', 'roof', 'party'])
})

test('failed, cancelled and rolled-back parts differ; with unknown dependencies the last to end counts', () => {
  const failed = recordOf([
    [0, start('walls')],
    [
      8,
      parts(
        change('brick', 'begin', 0),
        change('roof', 'begin', 0),
        change('brick', 'fail', 4, { reason: 'it <broke>' }),
      ),
    ],
    [
      8,
      parts(
        change('roof', 'cancel', 4),
        change('brick', 'begin', 5, { action: 'delete' }),
        change('brick', 'done', 7, { action: 'delete' }),
      ),
    ],
    [
      8,
      {
        event: 'fail',
        task: 'walls',
        code: 'STACK_FAILED',
        message: 'no walls',
        cause: 'it <broke>',
        next: 'npx task up',
      },
    ],
    [8, end(1)],
  ])
  const rows = timelineOf(failed).rows.filter((row) => row.of)
  assert.equal(
    rows.map((row) => row.bars.map(({ action, state }) => `${action} ${state}`)),
    [['create failed', 'delete done'], ['create cancelled']],
  )
  assert.equal(names(failed), ['walls', 'brick', 'brick gone'])
  const page = timelinePage(failed)
  assert.match(page, 'it &#60;broke&#62;')
  assert.match(page, 'npx task up')
})

test('a run that was stopped or killed shows what was not finished', () => {
  const begun: [number, Event][] = [
    [0, start('walls')],
    [3, parts(change('brick', 'begin', 1), change('roof', 'begin', 2))],
  ]
  const interrupted: Event = {
    event: 'fail',
    task: 'walls',
    code: 'INTERRUPTED',
    message: 'stopped',
    cause: 'SIGINT',
    next: null,
  }
  for (const [run, state] of [
    [recordOf([...begun, [4, interrupted], [4, end(130)]]), 'interrupted'],
    [recordOf(begun), 'open'],
  ] as const) {
    const { rows } = timelineOf(run)
    assert.is(rows.find((row) => row.name === 'walls')!.bars[0]!.state, state)
    assert.is(rows.find((row) => row.name === 'roof')!.bars[0]!.state, 'open')
    assert.match(timelinePage(run), run.summary.state)
  }
})

test('names and reasons are escaped, and the page has no external URLs', () => {
  const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>' \u0000`
  const page = timelinePage({
    ...recordOf([
      [0, start('walls')],
      [1, parts(change(evil, 'begin', 0, { kind: evil }), change(evil, 'fail', 1, { reason: evil }))],
      [2, { event: 'log', task: evil, message: evil }],
      [2, { event: 'fail', task: 'walls', code: 'STACK_FAILED', message: evil, cause: evil, next: evil }],
    ]),
    opening: { ...opening, line: evil, what: evil, subject: { name: evil } },
  })
  assert.not.match(page, /<script|<img|onerror=alert\(1\)>'/)
  assert.not.match(page, /https?:|src=x(?! )|url\(/)
})

test('the page stays small with the maximum number of resources, each created and deleted', () => {
  const long = 'x'.repeat(5000)
  const many = Array.from({ length: 500 }, (_, index) => `Resource${index}`).flatMap((name, index) => [
    change(name, 'begin', index),
    change(name, 'fail', index + 30, { reason: long }),
    change(name, 'begin', index + 40, { action: 'delete' }),
    change(name, 'done', index + 50, { action: 'delete' }),
  ])
  const page = timelinePage(
    recordOf([
      [0, start('walls')],
      [600, parts(...many)],
      [600, done('walls', 600_000)],
      [600, end(0)],
    ]),
  )
  assert.ok(page.length < 300_000, `${page.length}`)
  assert.match(page, 'are not shown')
})

test.run()
