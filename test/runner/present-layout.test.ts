import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fitted, truncated, wrapped } from '../../tasks/runner/present/layout.ts'

const test = suite('present/layout')
const marks = { done: '✔', waiting: '·' }

test('a line is cut off to fit its row', () => {
  assert.is(truncated('exactly', 7), 'exactly')
  assert.is(truncated('exactly', 6), 'exact…')
  assert.is(truncated('one two', 5), 'one…')
})

test('what is two columns wide counts as two', () => {
  assert.is(truncated('日本語', 6), '日本語')
  assert.is(truncated('日本語', 5), '日本…')
  assert.is(truncated('👩‍🚀 up', 4), '👩‍🚀…')
  assert.is(wrapped('日本 日本 日本', 9, 2), '日本 日本\n  日本')
})

test('a text is broken between words, and carried over under its label', () => {
  assert.is(wrapped('one two three', 8, 2), 'one two\n  three')
  assert.is(
    wrapped('  why:  it is as it is and\n  next: go on', 18, 2),
    '  why:  it is as\n        it is and\n  next: go on',
  )
})

test('what is to be copied stays whole: a long id, a line to run', () => {
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

test('a list that is too high hides what is done, then what waits, and says so', () => {
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

test('colours do not hide what a line is', () => {
  const green = '\x1b[32m✔\x1b[39m'
  assert.equal(fitted([`${green} a`, `${green} b`, '⠋ c', '⠋ d'], { columns: 80, rows: 4 }, marks), [
    '✔ 2 more done',
    '⠋ d',
  ])
})

test.run()
