import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { table } from '../../tasks/base/table.ts'
import { Outcome } from '../../tasks/runner/outcome.ts'
import { layOut } from '../../tasks/runner/present/lay-out.ts'
import { fitted, truncated, wrapped } from '../../tasks/runner/present/layout.ts'
import { endText, failureText } from '../../tasks/runner/present/words.ts'
import { statusText } from '../../tasks/runner/status.ts'
import { newReport } from '../../tasks/runner/taskfile.ts'

const test = suite('present/layout')
const marks = { done: '✔', waiting: '·' }

test('a line is truncated to fit its row', () => {
  assert.is(truncated('exactly', 7), 'exactly')
  assert.is(truncated('exactly', 6), 'exact…')
  assert.is(truncated('one two', 5), 'one…')
})

test('wide characters count as two columns', () => {
  assert.is(truncated('日本語', 6), '日本語')
  assert.is(truncated('日本語', 5), '日本…')
  assert.is(truncated('👩‍🚀 up', 4), '👩‍🚀…')
  assert.is(wrapped('日本 日本 日本', 9, 2), '日本 日本\n  日本')
})

test('a text is wrapped between words, and aligned after its label', () => {
  assert.is(wrapped('one two three', 8, 2), 'one two\n  three')
  assert.is(
    wrapped('  why:  it is as it is and\n  next: go on', 18, 2),
    '  why:  it is as\n        it is and\n  next: go on',
  )
})

test('text to copy stays whole: a long id, a command', () => {
  const id = `arn:aws:cloudformation:${'x'.repeat(60)}`
  assert.is(wrapped(`deleted  ${id}`, 40, 9), `deleted  ${id}`)
  const line = '  next: npx task bootstrap rehearsal.speed=100 agents.private=10 cluster.name=somewhere'
  assert.is(wrapped(line, 40, 2), line)
  const quoted = "  next: npx task bootstrap 'rehearsal.fail=[{resource: A, reason: b}]' cluster.name=c"
  assert.is(wrapped(quoted, 40, 2), quoted)
  assert.ok(
    wrapped('  next: npx task wait waits on; if it answers elsewhere, set cluster.url', 40, 2).includes('\n'),
  )
})

test('a command within a sentence is never wrapped, and gets a row of its own if needed', () => {
  const line = 'npx task destroy cluster.name=somewhere -c "my config.yaml" --yes'
  const text = `  next: fix that, then run ${line}, or leave it`
  for (const columns of [40, 80, 120]) {
    const rows = wrapped(text, columns, 2).split('\n')
    assert.ok(
      rows.some((row) => row.includes(line)),
      rows.join('\n'),
    )
    assert.is(rows.map((row) => row.trim()).join(' '), text.trim())
  }
  assert.equal(wrapped(text, 40, 2).split('\n'), [
    '  next: fix that, then run',
    `        ${line},`,
    '        or leave it',
  ])
  assert.ok(wrapped('npx task ssh [master | leader | agent N] [-- COMMAND…]', 40, 2).includes('\n'))
})

test('a word that does not fit after the margin starts further left; lines of a file keep their columns', () => {
  const url = 'http://127.0.0.1:27783'
  assert.equal(wrapped(`✔ some-check      healthy at ${url} now`, 30, 18).split('\n'), [
    '✔ some-check      healthy at',
    `        ${url}`,
    '                  now',
  ])
  const excerpt = '  2 |   private: [5, 6, 7]     # a comment\n    |            ^^^^^^^^^'
  assert.is(wrapped(excerpt, 30, 2), '  2 |   private: [5, 6, 7]…\n    |            ^^^^^^^^^')
})

test('a table of two columns wraps within its second, if that leaves room', () => {
  assert.is(wrapped('  short   a long text', 20, 2), '  short   a long\n          text')
  assert.is(wrapped('  -n, --very-long-option  a text', 30, 2), '  -n, --very-long-option  a\n    text')
})

const failure = {
  code: 'STACK_FAILED' as const,
  message: 'stack dcos ended in ROLLBACK_COMPLETE after a resource could not be made',
  cause:
    'MasterServerGroup: Received 0 SUCCESS signal(s) out of 1, as the first boot failed\nand another line',
  next: 'fix the cause, then run npx task bootstrap agents.private=3 again, or npx task destroy --yes',
}
const end = new Outcome(() => {}).end({ ...newReport(), deleted: ['key-1'], url: null }, 5000, false, 1)
const document = {
  cluster: {},
  url: 'http://127.0.0.1:27076',
  tasks: [
    {
      name: 'cli-config',
      state: 'refused' as const,
      why: 'another cluster answers at this address than the one attached',
      value: null,
    },
  ],
  failures: { 'cli-config': failure },
}
for (const columns of [40, 80, 120]) {
  test(`at ${columns} columns no word is split: failures, ends, questions, status`, async () => {
    const terminal = { isTTY: true, columns } as NodeJS.WriteStream
    const pipe = {} as NodeJS.WriteStream
    const question = 'Cluster dcos and everything above will be deleted. Type its name to go on: '
    const texts = [failureText(failure), endText({ ...end, time: '', error: failure } as never), question]
    for (const text of [...texts, await statusText(document, pipe)]) {
      const shown = text.includes('cli-config ')
        ? await statusText(document, terminal)
        : await layOut(text, terminal, 8)
      assert.equal(shown.split(/\s+/), text.split(/\s+/), 'the same words')
      for (const row of shown.split('\n'))
        assert.ok(row.length < columns || /^\s*npx task \S+( \S+=\S+)*$/.test(row), `${columns}: ${row}`)
    }
    assert.ok((await layOut(question, terminal, 0)).endsWith(': '), 'the answer is typed after a space')
  })
}

test('a table drops columns rather than wrap its rows', () => {
  const [header, rows] = [['NAME', 'ZONE', 'STATE'], [['agent 1', 'eu-west-1a', 'well']]]
  assert.is(table(header, rows), 'NAME     ZONE        STATE\nagent 1  eu-west-1a  well\n')
  assert.is(table(header, rows, 26, ['ZONE']), table(header, rows))
  assert.is(table(header, rows, 25, ['ZONE']), 'NAME     STATE\nagent 1  well\n')
  assert.is(table(header, rows, 5, ['ZONE', 'STATE']), 'NAME\nagent 1\n')
})

test('a list that is too high hides finished tasks, then waiting ones, and says so', () => {
  const lines = ['✔ a', '✔ b', '⠋ c', '  › at work', '✖ d', '· e', '· f', '· g']
  assert.equal(fitted(lines, { columns: 80, rows: 9 }, marks), lines)
  assert.equal(fitted(lines, { columns: 80, rows: 8 }, marks), [
    '✔ 2 more done',
    '⠋ c',
    '  › at work',
    '✖ d',
    '· e',
    '· f',
    '· 1 more to come',
  ])
  for (const rows of [2, 3, 4, 5, 6, 7, 8]) {
    const shown = fitted(lines, { columns: 80, rows }, marks)
    assert.ok(shown.length <= Math.max(rows - 1, 3), `${rows} rows: ${shown.join('|')}`)
  }
})

test('colours do not affect how a line is recognised', () => {
  const green = '\x1b[32m✔\x1b[39m'
  assert.equal(fitted([`${green} a`, `${green} b`, '⠋ c', '⠋ d'], { columns: 80, rows: 4 }, marks), [
    '✔ 2 more done',
    '⠋ d',
  ])
})

test.run()
