import { stripVTControlCharacters } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { colored, isColored, paint } from '../../tasks/runner/present/color.ts'

const test = suite('present/color')

test('a terminal is coloured unless turned off; anything else only if turned on', () => {
  const on = (isTTY: boolean, environment: Record<string, string>, color = true) =>
    isColored({ isTTY }, { color }, { TERM: 'xterm', ...environment })
  assert.ok(on(true, {}))
  assert.ok(on(true, { NO_COLOR: '', FORCE_COLOR: '' }), 'an empty variable is ignored')
  for (const environment of [{ NO_COLOR: '1' }, { TERM: 'dumb' }, { CLICOLOR: '0' }, { FORCE_COLOR: '0' }])
    assert.not.ok(on(true, environment), JSON.stringify(environment))
  assert.not.ok(on(false, {}))
  for (const environment of [{ FORCE_COLOR: '1' }, { CLICOLOR_FORCE: '1' }]) {
    assert.ok(on(false, environment))
    assert.not.ok(on(true, environment, false), '--no-color is said last')
    assert.not.ok(on(true, { ...environment, NO_COLOR: '1' }))
  }
})

test('marks, codes, states and differences are coloured, and the text is unchanged', () => {
  const text = [
    '✔ keypair  key pair dcos',
    '○ wait     stack dcos is CREATE_IN_PROGRESS',
    '! dns      slow',
    '✖ stack    STACK_CHANGED stack dcos differs',
    '           why:  agents.private 5 → 6, image ami-1 → ami-2',
    'agent 1  10.0.0.1  healthy  2',
    'agent 2  10.0.0.2  unhealthy',
    '',
  ].join('\n')
  const seen = colored(text)
  assert.is(stripVTControlCharacters(seen), text)
  for (const [style, words] of [
    ['green', ['✔', '6', 'ami-2', 'healthy']],
    ['red', ['✖', 'STACK_CHANGED', '5', 'ami-1', 'unhealthy']],
    ['yellow', ['!', 'CREATE_IN_PROGRESS']],
    ['dim', ['○', 'why:']],
  ] as const) {
    for (const word of words) assert.ok(seen.includes(paint(style, word)), `${word} is ${style}`)
  }
})

test('what only looks similar is not coloured', () => {
  const text = 'a healthy cluster!\nMY_STACK_FAILED_AGAIN is DISK=1\nhttp://example.com/?a=b · c\n'
  assert.is(colored(text), text)
})

test.run()
