import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Failure } from '../../tasks/base/failure.ts'
import { Faults } from '../../tasks/base/faults.ts'
import { factsOf } from '../../tasks/runner/outcome.ts'
import { closingText, failureText } from '../../tasks/runner/present/words.ts'

const test = suite('words')

test('the result and what to do next take one line if they fit, and a command is never split', () => {
  const next = ['npx task dashboard', 'npx task destroy']
  const said = 'Cluster dcos is up.'
  assert.is(closingText({ said, next }), 'Cluster dcos is up. Next: npx task dashboard · npx task destroy')
  assert.is(
    closingText({ said, next }, 50),
    'Cluster dcos is up.\nNext: npx task dashboard · npx task destroy',
  )
  assert.is(
    closingText({ said, next, url: 'http://a.b' }, 30),
    'http://a.b\nCluster dcos is up.\nNext:\n  npx task dashboard\n  npx task destroy',
  )
  assert.is(closingText({ said, next: [] }), said)
})

test("a user's no is printed without a code, which scripts still get", () => {
  const failure = new Failure('STACK_CHANGED', {
    message: 'you said no; nothing was changed',
    declined: true,
  })
  assert.is(failureText(factsOf(failure)), 'you said no; nothing was changed')
  assert.is(factsOf(failure).code, 'STACK_CHANGED')
  assert.match(
    failureText(factsOf(new Failure('STACK_CHANGED', { message: 'it differs' }))),
    /^STACK_CHANGED /,
  )
})

test('several errors become one failure with the code of the first; a single one is unchanged', async () => {
  const faults = new Faults()
  assert.is(faults.failure, undefined)
  const one = new Failure('CONFIG_INVALID', { message: 'one', cause: 'a\nb', next: 'fix it' })
  await faults.of(() => Promise.reject(one))
  assert.is(faults.failure, one)
  const inner = new Faults()
  inner.add(new Failure('PARAMETER_INVALID', { message: 'two' }))
  inner.add(new Failure('PARAMETER_INVALID', { message: 'three' }))
  await faults.of(() => inner.throwAny())
  const { code, message, why } = faults.failure!
  assert.equal([code, message], ['CONFIG_INVALID', '3 problems found'])
  assert.is(why, 'one\n  a\n  b\n  next: fix it\ntwo\nthree')
  const bug = new TypeError('ours')
  assert.is(await faults.of(() => Promise.reject(bug)).catch((error) => error), bug)
})

test.run()
