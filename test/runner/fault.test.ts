import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { asFailure } from '../../tasks/base/failure.ts'
import { located, stackOf, wrongSteps } from '../../tasks/runner/fault.ts'

const test = suite('whose fault it is')
const origin = { place: 'tasks/hello.ts:12:9', way: ['at run (tasks/hello.ts:12:9)'], stack: 'the stack' }
const known = (theirs: boolean, root = '/project') => ({
  root,
  packageRoot: '/project',
  originOf: () => ({ ...origin, theirs }),
  stepsOf: () => 'tasks/hello.ts:3',
})

test('an error of the user’s own file is theirs, any other one ours; each with its place', () => {
  const failure = asFailure(new TypeError('no licence\nat all'))
  const theirs = located(failure, known(true, '/elsewhere'))
  assert.equal(
    [theirs.code, theirs.message, theirs.why],
    ['TASK_FAULT', 'tasks/hello.ts:12:9 threw TypeError: no licence', undefined],
  )
  assert.not.match(theirs.next!, 'bug')
  // In a checkout the file may be one of ours all the same.
  assert.match(located(failure, known(true)).next!, 'this is a bug')
  const ours = located(failure, known(false))
  assert.equal([ours.code, ours.why], ['INTERNAL', origin.way[0]])
  for (const one of [theirs, ours]) assert.is(stackOf(one, known(true)), 'the stack')
})

test('what is foreseen, and what nothing is known of, stays as it is', () => {
  const unknown = asFailure(new Error('lost'))
  assert.is(located(unknown, { root: '/', packageRoot: '/' }), unknown)
  const disk = asFailure(Object.assign(new Error('full'), { code: 'ENOSPC' }))
  assert.is(located(disk, known(true)), disk)
  assert.is(stackOf(disk, known(true)), undefined)
})

test('steps that are none are told with the place of their file', () => {
  const failure = wrongSteps('task hello has no run', 'export it', () => undefined, 'run')
  const { code, message, next, why } = located(failure, known(true))
  assert.equal(
    [code, message, why, next],
    ['TASK_FAULT', 'task hello has no run', 'tasks/hello.ts:3', 'export it'],
  )
})

test('what is thrown that is no Error is a task’s', () => {
  const { code, message } = asFailure('up')
  assert.equal([code, message], ['TASK_FAULT', "something threw 'up'"])
})

test.run()
