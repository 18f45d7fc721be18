import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { judgeAnswer, readAnswers } from '../../config/answers.ts'
import { leaves, shapeAt } from '../../config/shape.ts'
import { configText } from '../../config/text.ts'
import { load } from './loading.ts'

const test = suite('config: a file that is written')
const places = { root: '/project', cwd: '/project' }
const head = ['# yaml-language-server: $schema=cluster.schema.json']

/** Numbers in [0, 1) that look random and are the same in every run (mulberry32). */
function drawer(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Words that are right for some key, or look like something else to YAML. */
const words = [
  ...['rehearsal', 'aws', 'auto', 'true', 'false', 'null', 'yes', 'no', '~', '0', '1', '3', '5', '10', '1e3'],
  ...[
    '0x10',
    '1.10',
    'us-gov-west-1',
    'a b',
    'a: b',
    '# a',
    'a #b',
    "it's",
    '"quoted',
    '- a',
    '{a',
    '[',
    '*a',
  ],
  ...[
    '&a',
    '!a',
    '%a',
    '@a',
    '`a',
    '|',
    '>',
    '?',
    ': ',
    'é😀',
    'a\nb',
    'tab\tb',
    '\u0085',
    '\u2028',
    '\ufeffa',
  ],
  ...[' leading', 'trailing ', '2026-11-25', '~/x.pub', '/tmp/x', 'x/y.yaml', '203.0.113.0/24', 'm5.large'],
  ...[
    'https://example.com/a?b#c',
    's3://bucket/key',
    'official:stable/single-master',
    '[]',
    '{}',
    '-',
    'a'.repeat(300),
  ],
  ...['[{name: gpu, count: 2, attributes: "rack:1;gpu:v100"}]', '[{url: /tmp/p.zip}]', 'subnet-01234567'],
  ...['[{resource: MasterServerGroup, reason: "a: b # c\\n"}]', 'f'.repeat(64), 'vpc-01234567', 'password'],
]

test('whatever is answered, the file loads and holds just that', async () => {
  const draw = drawer(7)
  const pick = <One>(from: readonly One[]): One => from[Math.floor(draw() * from.length)]!
  const names = ['parameters.Foo', 'parameters.B2', 'tags.team', 'tags.true', 'tags.null']
  const keys = [...leaves().flatMap(({ kind, key }) => (kind === 'names' ? [] : [key])), ...names]
  const written = new Set<string>()
  for (let round = 0; round < 120; round++) {
    const answers = new Map<string, unknown>()
    for (let count = 0; count < 8; count++) {
      const key = pick(keys)
      // Most words are wrong for most keys: a few are tried.
      for (let attempt = 0; attempt < 12; attempt++) {
        const judged = judgeAnswer(key, pick(words), places)
        if ('value' in judged && judged.value !== undefined) answers.set(key, judged.value)
      }
      if (answers.has(key)) written.add(key)
    }
    if (answers.size === 0) continue
    const yaml = configText(answers, ['installer.from', 'installer.sha256'], head)
    const { config, set } = await load({ yaml }).catch((error) => {
      throw new Error(`${error.message}\n${yaml}`)
    })
    assert.equal(set, [...answers.keys()].sort(), yaml)
    for (const [key, value] of answers) {
      const shape = shapeAt(key)!
      const isPath = shape.kind === 'list' || (shape.kind === 'value' && shape.about.path)
      // biome-ignore lint/suspicious/noExplicitAny: a config is looked up by its dotted key.
      const found = key.split('.').reduce((at: any, name) => at[name], config)
      if (!isPath) assert.equal(found, value, yaml)
    }
  }
  assert.ok(written.size >= keys.length - 6, `only ${written.size} of ${keys.length} keys were written`)
})

test('each key is below what the schema says of it, and what is needed is a comment until it is set', () => {
  const text = configText(new Map<string, unknown>([['cloud', 'aws']]), ['installer.from'], head)
  assert.is(
    text,
    `${head[0]}

# Where to create the cluster: rehearsed on this machine, or on AWS, where it costs money
# allowed: rehearsal or aws; default: rehearsal
cloud: aws

# Your copy of DC/OS's installer, dcos_generate_config.sh, which is no longer published
# allowed: a path, https://… or s3://bucket/key
# installer:
#   from:
`,
  )
  const set = configText(new Map([['installer.from', 'x.sh']]), ['installer.from', 'installer.sha256'], head)
  assert.match(set, /\ninstaller:\n(?: {2}# .*\n)+ {2}from: x\.sh\n(?: {2}# .*\n)+ {2}# sha256:\n$/)
})

test('a wrong answer is told with what is allowed and what was probably meant', () => {
  const fault = (key: string, word: string) => {
    const judged = judgeAnswer(key, word, places)
    return 'fault' in judged ? judged.fault : 'right'
  }
  assert.is(
    fault('region', 'eu-west1'),
    'region cannot be "eu-west1"\n  did you mean eu-west-1?\n  allowed: an AWS region, such as eu-west-1',
  )
  assert.match(fault('cloud', 'AWS'), /did you mean aws\?\n {2}allowed: rehearsal or aws$/)
  assert.match(
    fault('agents.private', 'ten'),
    /^agents\.private cannot be "ten"\n {2}allowed: a whole number/,
  )
  assert.is(fault('cluster.masters', '3'), 'right')
})

test('a path is counted from the project, wherever it is typed', () => {
  const below = { root: '/project', cwd: '/project/sub/folder' }
  const overrides = Object.entries({
    'access.publicKey': '../k.pub',
    'installer.from': '~/i.sh',
    template: 'official:stable/single-master',
    'cli.url': 'built-in',
    'cli.plugins': '[{url: p.zip}]',
  }).map(([key, value]) => ({ key, value }))
  assert.equal(Object.fromEntries(readAnswers(overrides, below)), {
    'access.publicKey': 'sub/k.pub',
    'installer.from': '~/i.sh',
    template: 'official:stable/single-master',
    'cli.url': 'built-in',
    'cli.plugins': [{ url: 'sub/folder/p.zip' }],
  })
})

test.run()
