import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { completion } from '../../tasks/runner/advice.ts'

const test = suite('runner/advice')
const names = ['bootstrap', 'destroy', 'clusters', 'dcos']
const complete = (typed: string[], text: string) =>
  completion(typed, names, (key) => key.startsWith('parameters'))(text)

test('a recommended line gets the config and the values of the run', () => {
  const typed = ['status', 'cluster.name=prod', '-c', 'my.yaml', 'cloud=aws', '--json']
  assert.is(
    complete(typed, 'npx task destroy --yes deletes it, npx task bootstrap makes it anew'),
    'npx task destroy -c my.yaml cluster.name=prod cloud=aws --yes deletes it, npx task bootstrap -c my.yaml cluster.name=prod cloud=aws makes it anew',
  )
  assert.is(
    complete(['status', '--config=a b.yaml'], 'npx task destroy'),
    "npx task destroy '--config=a b.yaml'",
  )
})

test('what the line says itself stays, and nothing is added where nothing was given', () => {
  assert.is(
    complete(['clusters', 'cluster.name=a', 'cloud=aws'], 'npx task destroy cluster.name=b region=r'),
    'npx task destroy cluster.name=b region=r cloud=aws',
  )
  assert.is(complete(['status', '-v'], 'npx task destroy again'), 'npx task destroy again')
  assert.is(complete(['status', 'cloud=aws'], 'npx task lists the tasks'), 'npx task lists the tasks')
})

test('words behind -- are not ours, secrets are not told, and odd words are quoted', () => {
  assert.is(complete(['dcos', '--', 'cloud=aws'], 'npx task destroy'), 'npx task destroy')
  assert.is(
    complete(['bootstrap', 'parameters.Key=hush', "a.b=it's"], 'npx task destroy'),
    `npx task destroy 'parameters.Key=<value>' 'a.b=it'\\''s'`,
  )
})

test.run()
