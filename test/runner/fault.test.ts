import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { asFailure } from '../../tasks/base/failure.ts'
import { located, stackOf, wrongSteps } from '../../tasks/runner/fault.ts'

const test = suite('origin of errors')
const origin = { place: 'tasks/hello.ts:12:9', way: ['at run (tasks/hello.ts:12:9)'], stack: 'the stack' }
const known = (theirs: boolean, root = '/project') => ({
  root,
  packageRoot: '/project',
  originOf: () => ({ ...origin, theirs }),
  stepsOf: () => 'tasks/hello.ts:3',
})

test('an error in the user’s own file is theirs, any other is ours; each with its place', () => {
  const failure = asFailure(new TypeError('no licence\nat all'))
  const theirs = located(failure, known(true, '/elsewhere'))
  assert.equal(
    [theirs.code, theirs.message, theirs.why],
    ['TASK_FAULT', 'tasks/hello.ts:12:9 threw TypeError: no licence', undefined],
  )
  assert.not.match(theirs.next!, 'bug')
  // In a checkout the file may still be one of ours.
  assert.match(located(failure, known(true)).next!, 'this is a bug')
  const ours = located(failure, known(false))
  assert.equal([ours.code, ours.why], ['INTERNAL', origin.way[0]])
  for (const one of [theirs, ours]) assert.is(stackOf(one, known(true)), 'the stack')
})

test('expected failures, and errors of unknown origin, are unchanged', () => {
  const unknown = asFailure(new Error('lost'))
  assert.is(located(unknown, { root: '/', packageRoot: '/' }), unknown)
  const disk = asFailure(Object.assign(new Error('full'), { code: 'ENOSPC' }))
  assert.is(located(disk, known(true)), disk)
  assert.is(stackOf(disk, known(true)), undefined)
})

test('invalid steps are reported with their file and line', () => {
  const failure = wrongSteps('task hello has no run', 'export it', () => undefined, 'run')
  const { code, message, next, why } = located(failure, known(true))
  assert.equal(
    [code, message, why, next],
    ['TASK_FAULT', 'task hello has no run', 'tasks/hello.ts:3', 'export it'],
  )
})

test('a thrown value that is not an Error is the task’s fault', () => {
  const { code, message } = asFailure('up')
  assert.equal([code, message], ['TASK_FAULT', "something threw 'up'"])
})

test.run()
