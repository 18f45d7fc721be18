import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { choose } from '../../tasks/runner/choice.ts'
import type { Offer } from '../../tasks/runner/task.ts'

const test = suite('runner/choice')

/** The result of these answers in turn, during this operation. `after` is on offer after the first answer. */
async function chosen(answers: (string | undefined)[], offer: Offer, after: Offer | undefined = offer) {
  const asked: string[] = []
  const logged: string[] = []
  const means = {
    ask: async (question: string) => {
      asked.push(question)
      return answers.shift()
    },
    log: (message: string) => logged.push(message),
  }
  const choice = await choose(means, () => (asked.length === 0 ? offer : after))
  return { asked, choice, logged }
}

test('each key works, whatever else was typed, and other keys ask again', async () => {
  let taken = 0
  const creation = { what: 'creation', rollBack: async () => void taken++ }
  assert.is((await chosen(['d'], creation)).choice, 'detach')
  assert.is((await chosen([''], creation)).choice, 'detach')
  assert.is((await chosen(['Continue'], creation)).choice, 'go on')
  const asked = await chosen(['x', ' r '], creation)
  assert.equal([asked.choice, asked.asked.length, taken], ['go on', 2, 1])
  assert.is(asked.asked[0], 'The creation is running in the cloud: [d]etach, [r]oll back, [c]ontinue? ')
})

test('without a rollback none is offered', async () => {
  const { asked, choice } = await chosen(['r', 'c'], { what: 'deletion' })
  assert.is(choice, 'go on')
  assert.equal(asked, Array(2).fill('The deletion is running in the cloud: [d]etach, [c]ontinue? '))
})

test('an answer after the operation has ended still counts, except for a rollback', async () => {
  const update = { what: 'update', rollBack: async () => assert.unreachable() }
  const ended = async (answer: string) => {
    const logged: string[] = []
    let now: Offer | undefined = update
    const ask = async () => {
      now = undefined
      return answer
    }
    const choice = await choose({ ask, log: (message) => logged.push(message) }, () => now)
    return [choice, ...logged]
  }
  assert.equal(await ended('d'), ['detach'])
  assert.equal(await ended('r'), ['go on', 'the update has ended; nothing is rolled back'])
  const cleaning = await chosen(['r'], update, { what: 'update' })
  assert.equal(cleaning.logged, ['the update can no longer be rolled back'])
  assert.is((await chosen([undefined], update)).choice, 'go on', 'the run has ended')
})

test.run()
