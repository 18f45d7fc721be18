import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Failure } from '../../tasks/base/failure.ts'
import { Interruption } from '../../tasks/runner/interruption.ts'

const test = suite('interruption')

/** Presses Ctrl-C while `choose` is on offer, and returns the result. */
async function pressed(choose: () => Promise<'detach' | 'go on'>): Promise<Failure | undefined> {
  const interruption = new Interruption('npx task bootstrap')
  try {
    interruption.choose = choose
    interruption.offer({ what: 'creation' })
    process.emit('SIGINT')
    await new Promise((resolve) => setImmediate(resolve))
    return interruption.signal.aborted ? interruption.signal.reason : undefined
  } finally {
    interruption.dispose()
  }
}

test('choosing to continue does not interrupt; choosing to detach reports the signal', async () => {
  assert.is(await pressed(async () => 'go on'), undefined)
  assert.is((await pressed(async () => 'detach'))?.why, 'SIGINT received')
})

test('a choice that fails ends the run, and says why it failed', async () => {
  const refused = new Failure('ACCESS_DENIED', {
    message: 'not allowed to cloudformation:DeleteStack',
    cause: 'User me is not authorized',
    next: 'ask for permission',
  })
  for (const [thrown, said] of [
    [refused, 'not allowed to cloudformation:DeleteStack: User me is not authorized'],
    [new Error('the stack is UPDATE_ROLLBACK_FAILED'), 'the stack is UPDATE_ROLLBACK_FAILED'],
  ] as const) {
    const failure = await pressed(() => Promise.reject(thrown))
    assert.is(failure?.code, 'INTERRUPTED')
    assert.is(failure?.why, `SIGINT received; the chosen action failed: ${said}`)
    assert.is(failure?.next, 'npx task bootstrap')
  }
})

test('without an offer, or without a user to ask, Ctrl-C interrupts', async () => {
  for (const offered of [true, false]) {
    const interruption = new Interruption('npx task bootstrap')
    try {
      if (offered) interruption.offer({ what: 'creation' })
      else interruption.choose = async () => 'go on'
      process.emit('SIGINT')
      assert.ok(interruption.signal.aborted)
    } finally {
      interruption.dispose()
    }
  }
})

test.run()
