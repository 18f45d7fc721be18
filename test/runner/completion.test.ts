import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseCommandLine } from '../../tasks/runner/command-line.ts'
import { completion } from '../../tasks/runner/completion.ts'

const test = suite('runner/completion')
const names = ['bootstrap', 'destroy', 'clusters', 'dcos']
const complete = (argv: string[], text: string, environment = {}) =>
  completion(parseCommandLine(argv, environment), names, (key) => key.startsWith('parameters'))(text)

test('a suggested command gets the config and the values of the run', () => {
  const typed = ['status', 'cluster.name=prod', '-c', 'my.yaml', 'cloud=aws', '--json']
  assert.is(
    complete(typed, 'npx task destroy --yes deletes it, npx task bootstrap creates it again'),
    'npx task destroy -c my.yaml cluster.name=prod cloud=aws --yes deletes it, npx task bootstrap -c my.yaml cluster.name=prod cloud=aws creates it again',
  )
  assert.is(complete(['status', '--config=a b.yaml'], 'npx task destroy'), 'npx task destroy -c "a b.yaml"')
  assert.is(complete(['status', '-cx.yaml'], 'npx task destroy'), 'npx task destroy -c x.yaml')
  assert.is(
    complete(['status'], 'npx task destroy', { TASK_CONFIG: 'env.yaml' }),
    'npx task destroy -c env.yaml',
  )
})

test('values in the command stay, and nothing is added if nothing was given', () => {
  assert.is(
    complete(
      ['clusters', 'cluster.name=a', 'cloud=aws'],
      'npx task destroy cluster.name=b region=r, then npx task dcos',
    ),
    'npx task destroy cluster.name=b region=r cloud=aws, then npx task dcos cluster.name=a cloud=aws',
  )
  assert.is(
    complete(['status', '-c', 'g', 'x.y=1'], 'npx task destroy a.b=1 -c f'),
    'npx task destroy a.b=1 -c f',
  )
  assert.is(complete(['status', '-v'], 'npx task destroy again'), 'npx task destroy again')
  assert.is(complete(['status', 'cloud=aws'], 'npx task lists the tasks'), 'npx task lists the tasks')
})

test('words after -- are ignored, a shell rejects hidden secrets, and special characters are quoted', () => {
  assert.is(complete(['dcos', '--', 'cloud=aws'], 'npx task destroy'), 'npx task destroy')
  assert.is(
    complete(['bootstrap', 'parameters.Key=hush', "a.b=it's"], 'npx task destroy'),
    `npx task destroy parameters.Key=<value> "a.b=it's"`,
  )
})

test.run()
