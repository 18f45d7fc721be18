import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Failure } from '../../tasks/base/failure.ts'
import { parseCommandLine } from '../../tasks/runner/command-line.ts'

const test = suite('command line')
const parse = (...argv: string[]) => parseCommandLine(argv, {})

test('words, overrides and options may come in any order', () => {
  const line = parse('-n', 'bootstrap', 'cluster.name=dcos-test', '--yes', 'agents.private=10', '-j', '4')
  assert.equal(line.words, ['bootstrap'])
  assert.equal(line.overrides, [
    { key: 'cluster.name', value: 'dcos-test' },
    { key: 'agents.private', value: '10' },
  ])
  assert.ok(line.dryRun && line.yes)
  assert.is(line.concurrency, 4)
})

test('an override keeps every character of its value', () => {
  const value = 'a=b --c\n"d" \u{1f600}'
  assert.equal(parse('bootstrap', `parameters.X=${value}`).overrides, [{ key: 'parameters.X', value }])
  assert.equal(parse('bootstrap', 'cli.url=').overrides, [{ key: 'cli.url', value: '' }])
})

test('everything after -- is passed on unread', () => {
  const line = parse('dcos', '--', 'node', 'list', '--json', 'a=b', '--')
  assert.equal(line.rest, ['node', 'list', '--json', 'a=b', '--'])
  assert.equal(line.words, ['dcos'])
  assert.is(line.output, 'auto')
  assert.is(parse('bootstrap').rest, undefined)
})

test('short options can be joined, and take their value joined', () => {
  const line = parse('bootstrap', '-nyk', '-j8', '-cother.yaml')
  assert.ok(line.dryRun && line.yes && line.keepGoing)
  assert.is(line.concurrency, 8)
  assert.is(line.config, 'other.yaml')
})

test('TASK_CONFIG and NO_COLOR are read, and the command line overrides them', () => {
  const line = parseCommandLine(['bootstrap'], { TASK_CONFIG: 'a.yaml', NO_COLOR: '1' })
  assert.is(line.config, 'a.yaml')
  assert.is(line.color, false)
  assert.is(parseCommandLine(['-c', 'b.yaml'], { TASK_CONFIG: 'a.yaml' }).config, 'b.yaml')
})

const wrong: [argv: string[], message: RegExp][] = [
  [['bootstrap', '--dryrun'], /unknown option --dryrun, did you mean --dry-run\?/],
  [['--jsno'], /unknown option --jsno, did you mean --json\?/],
  [['-x'], /unknown option -x/],
  [
    ['--region', 'eu-west-1'],
    /^unknown option --region; config keys are written without dashes: region=eu-west-1$/,
  ],
  [['bootstrap', '--agents.private', '3'], /: agents\.private=3$/],
  [['bootstrap', '--agents.private', '--yes'], /: agents\.private=VALUE$/],
  [['--agents.private=3'], /unknown option --agents\.private; config keys .*: agents\.private=3/],
  [['--yes=no'], /--yes takes no value/],
  [['--config'], /--config needs a value/],
  [['--output', 'color'], /--output must be one of auto, tty, plain, json, not color/],
  [['-j', '0'], /--concurrency must be a positive whole number, not 0/],
  [['-j', '1.5'], /whole number/],
]
for (const [argv, message] of wrong) {
  test(`refuses ${argv.join(' ')}`, () => {
    try {
      parse(...argv)
    } catch (error) {
      assert.instance(error, Failure)
      assert.is((error as Failure).code, 'USAGE')
      assert.match((error as Failure).message, message)
      return
    }
    assert.unreachable()
  })
}

test('random words either parse or fail with USAGE', () => {
  const alphabet = [
    '-',
    '--',
    '=',
    'a',
    'json',
    'x.y=1',
    '-j',
    '',
    ' ',
    '\0',
    '--no-',
    'é',
    '-c',
    '--output',
    '9',
  ]
  let seed = 7
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return seed % below
  }
  for (let round = 0; round < 5_000; round++) {
    const argv = Array.from({ length: random(6) }, () =>
      Array.from({ length: random(4) }, () => alphabet[random(alphabet.length)]!).join(''),
    )
    try {
      parse(...argv)
    } catch (error) {
      assert.instance(error, Failure, JSON.stringify(argv))
      assert.is((error as Failure).code, 'USAGE')
    }
  }
})

test.run()
