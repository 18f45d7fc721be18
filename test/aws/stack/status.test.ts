import { StackStatus } from '@aws-sdk/client-cloudformation'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { entries, entryOf, isTerminal, succeeded } from '../../../tasks/aws/stack/status.ts'

const test = suite('aws/stack/status')

test('every status that the SDK knows is in the table, and no other', () => {
  assert.equal(Object.keys(entries).sort(), Object.values(StackStatus).sort())
})

test('a stack in progress is never compared, one that has ended is never waited for', () => {
  for (const [status, entry] of Object.entries(entries)) {
    if (status === 'REVIEW_IN_PROGRESS') continue
    assert.is(['attach', 'settle'].includes(entry), !isTerminal(status), status)
  }
})

test('only the completed operations are a success', () => {
  const good = Object.keys(entries).filter(succeeded)
  assert.equal(good, ['CREATE_COMPLETE', 'IMPORT_COMPLETE', 'UPDATE_COMPLETE'])
})

test('an unknown status is unknown, none is a creation', () => {
  assert.is(entryOf('SOMETHING_NEW'), 'unknown')
  assert.is(entryOf(undefined), 'create')
})

test.run()
