import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { faults, load } from './loading.ts'

const test = suite('config: who says what counts')

test('the command line counts more than the environment, that more than the file, that more than the default', async () => {
  const sources = {
    file: { yaml: 'agents:\n  private: 10\n', value: 10, origin: 'file', where: 'mine.yaml:2:12' },
    environment: { value: 20, origin: 'environment', where: 'DCOS_WORKER_NODES' },
    words: { value: 30, origin: 'command line', where: 'on the command line' },
  }
  // Every combination of the three, and none of them.
  for (let set = 0; set < 8; set++) {
    const loaded = await load({
      yaml: set & 1 ? sources.file.yaml : '{}',
      environment: set & 2 ? { DCOS_WORKER_NODES: '20' } : {},
      words: set & 4 ? ['agents.private=30'] : [],
    })
    const wins = set & 4 ? sources.words : set & 2 ? sources.environment : set & 1 ? sources.file : undefined
    assert.is(loaded.config.agents.private, wins?.value ?? 5, String(set))
    assert.is(loaded.origin('agents.private'), wins?.origin ?? 'default', String(set))
    assert.is(loaded.where('agents.private'), wins?.where, String(set))
    assert.is(loaded.config.agents.public, 1)
  }
})

test('a tag may have dots and slashes in its name, in the file and on the command line', async () => {
  const { config } = await load({
    yaml: 'tags: { kubernetes.io/role: node }\n',
    words: ['tags.example.com/team=blue', 'tags.a.b=c'],
  })
  assert.equal(config.tags, { 'kubernetes.io/role': 'node', 'example.com/team': 'blue', 'a.b': 'c' })
})

test('each old variable sets its key', async () => {
  const table: [Record<string, string>, string, unknown][] = [
    [{ DCOS_CLUSTER_NAME: 'old-name' }, 'cluster.name', 'old-name'],
    [{ DCOS_ADMIN_KEY: '~/.ssh/old.pub' }, 'access.publicKey', '/home/user/.ssh/old.pub'],
    [{ DCOS_ADMIN_KEY: 'old: key.pub' }, 'access.publicKey', 'ROOT/old: key.pub'],
    [{ DCOS_ADMIN_LOCATION: '0.0.0.0/0' }, 'access.adminLocation', '0.0.0.0/0'],
    [{ DCOS_OAUTH_ENABLED: 'true' }, 'access.oauth', true],
    [{ DCOS_WORKER_NODES: '0' }, 'agents.private', 0],
    [{ DCOS_PUBLIC_WORKER_NODES: ' 7 ' }, 'agents.public', 7],
    [{ DCOS_CHANNEL: 'stable/1.13.9' }, 'template', 'official:stable/1.13.9/single-master'],
    [{ DCOS_MASTER_SETUP: 'multi-master' }, 'template', 'official:EarlyAccess/multi-master'],
    [
      { DCOS_CHANNEL: 'stable', DCOS_MASTER_SETUP: 'multi-master' },
      'template',
      'official:stable/multi-master',
    ],
    [{ AWS_REGION: 'us-gov-west-1' }, 'region', 'us-gov-west-1'],
    [{ DCOS_CLUSTER_NAME: '', AWS_REGION: '', DCOS_CHANNEL: '' }, 'cluster.name', 'dcos'],
  ]
  for (const [environment, key, expected] of table) {
    const loaded = await load({ environment })
    assert.is(at(loaded.config, key), expected, JSON.stringify(environment))
    const names = Object.keys(environment).filter((name) => environment[name])
    assert.is(loaded.where(key), names.length > 0 ? names.join(' and ') : undefined)
  }
})

test('a word on the command line is read as its key wants it', async () => {
  const sha256 = 'AB'.repeat(32)
  const table: [string, string, unknown][] = [
    ['agents.private=10', 'agents.private', 10],
    ['access.oauth=true', 'access.oauth', true],
    ['cluster.masters=3', 'cluster.masters', 3],
    ['cluster.masters=auto', 'cluster.masters', 'auto'],
    ['rehearsal.speed=1.5e3', 'rehearsal.speed', 1500],
    ['cluster.name=true', 'cluster.name', 'true'],
    ['aws.profile=007', 'aws.profile', '007'],
    ['aws.profile="quoted"', 'aws.profile', 'quoted'],
    [`cli.sha256=${sha256}`, 'cli.sha256', sha256.toLowerCase()],
    ['parameters.Count=0123', 'parameters.Count', '0123'],
    ['parameters.Version=1.10', 'parameters.Version', '1.10'],
    ['parameters.Eula=Yes', 'parameters.Eula', 'Yes'],
    ['parameters.Flag=True', 'parameters.Flag', 'True'],
    ['parameters.Hash=#not a comment', 'parameters.Hash', '#not a comment'],
    ['parameters.Json={"a": [1]}', 'parameters.Json', '{"a": [1]}'],
    ['parameters.Odd=*a: b', 'parameters.Odd', '*a: b'],
    ['parameters.Null=null', 'parameters.Null', 'null'],
    ['parameters.Empty=""', 'parameters.Empty', ''],
    ['parameters.toString=x', 'parameters.toString', 'x'],
    ['template=@odd.yaml', 'template', 'ROOT/@odd.yaml'],
    ['agents={private: 3, public: 2}', 'agents.public', 2],
    ['rehearsal.fail=[{resource: MasterServerGroup}]', 'rehearsal.fail', [{ resource: 'MasterServerGroup' }]],
    [
      'rehearsal.fail=[{call: X, error: Throttling, times: 2, after: 0}]',
      'rehearsal.fail',
      [{ call: 'X', error: 'Throttling', times: 2, after: 0 }],
    ],
  ]
  for (const [word, key, expected] of table) {
    const { config, where } = await load({ words: [word] })
    assert.equal(at(config, key), expected, word)
    assert.is(where(key), 'on the command line', word)
  }
  const { config } = await load({ words: ['agents.private=1', 'agents.private=2'] })
  assert.is(config.agents.private, 2)
})

test('an empty word takes away what the file says, an empty key in the file says nothing', async () => {
  const yaml =
    'aws: { profile: mine }\ncluster: { url: http://a.example }\nparameters: { A: x, B: y }\nregion:\n'
  const { config, origin } = await load({ yaml, words: ['aws.profile=', 'cluster.url=', 'parameters.A='] })
  assert.equal(config.aws, {})
  assert.is(config.cluster.url, 'auto')
  assert.equal(config.parameters, { B: 'y' })
  assert.is(config.region, 'eu-west-1')
  assert.is(origin('aws.profile'), 'command line')
  assert.is(origin('region'), 'default')
})

test('an unset shell variable never turns a line against the default cluster', async () => {
  for (const key of ['cluster.name', 'region', 'cloud']) {
    assert.match(await faults({ words: [`${key}=`] }), `on the command line: ${key}=: ${key} is empty`)
  }
})

test('text in a file stays as it is written', async () => {
  const yaml =
    'parameters: { A: 0123, B: 1.10, C: True, D: "007", E: 1e3, F: 0x1F, G: ~, H: "", I: 2020-01-01, J: yes }\n'
  const { config } = await load({ yaml })
  assert.equal(config.parameters, {
    A: '0123',
    B: '1.10',
    C: 'True',
    D: '007',
    E: '1e3',
    F: '0x1F',
    H: '',
    I: '2020-01-01',
    J: 'yes',
  })
})

test('the parameters of file and command line count together', async () => {
  const { config } = await load({
    yaml: 'parameters: { A: a, B: b }',
    words: ['parameters.B=c', 'parameters.C=d'],
  })
  assert.equal(config.parameters, { A: 'a', B: 'c', C: 'd' })
})

test('a path counts from the project in a file, from the current folder elsewhere, and ~ is the home', async () => {
  const yaml =
    'template: t/mine.json\nauth: { tokenFile: ~/token, caCert: /etc/ca.pem }\ncli: { url: bin/dcos, plugins: [{ url: p.zip }, { url: "https://a.example/p.zip" }] }\n'
  const inFile = (await load({ yaml, cwd: 'deep/er' })).config
  assert.is(inFile.template, 'ROOT/t/mine.json')
  assert.equal(inFile.auth, { method: 'auto', tokenFile: '/home/user/token', caCert: '/etc/ca.pem' })
  assert.is(inFile.cli.url, 'ROOT/bin/dcos')
  assert.equal(inFile.cli.plugins, [{ url: 'ROOT/p.zip' }, { url: 'https://a.example/p.zip' }])

  const words = ['template=../mine.json', 'access.publicKey=~/k.pub', 'cli.url=file:///dcos']
  const given = (await load({ words, cwd: 'deep/er', environment: { DCOS_ADMIN_KEY: 'not this' } })).config
  assert.is(given.template, 'ROOT/deep/mine.json')
  assert.is(given.access.publicKey, '/home/user/k.pub')
  assert.is(given.cli.url, 'file:///dcos')
  for (const word of ['auto', 'built-in', 'pypi:dcoscli==0.6.1'])
    assert.is((await load({ words: [`cli.url=${word}`], cwd: 'deep' })).config.cli.url, word)
  assert.is((await load({ words: ['cli.url='] })).config.cli.url, 'auto')
  assert.is((await load({ words: ['cli.url=./auto'], cwd: 'deep' })).config.cli.url, 'ROOT/deep/auto')
  assert.is(
    (await load({ environment: { DCOS_ADMIN_KEY: 'k.pub' }, cwd: 'deep' })).config.access.publicKey,
    'ROOT/deep/k.pub',
  )
  for (const address of [
    'official:stable/single-master',
    's3://bucket/key.json',
    'https://a.example/t.json',
  ]) {
    assert.is((await load({ words: [`template=${address}`] })).config.template, address)
  }
})

test('a rehearsal that nobody asked for is asked about when the old variables are set', async () => {
  const environment = { DCOS_WORKER_NODES: '3' }
  const shipped = readFileSync('config/cluster.yaml', 'utf8')
  const table: [boolean, Parameters<typeof load>[0]][] = [
    [true, { environment }],
    [true, { environment, shipped }],
    [true, { environment, yaml: 'region: eu-west-1' }],
    [false, { environment, yaml: 'cloud: rehearsal' }],
    [false, { environment, shipped, words: ['cloud=rehearsal'] }],
    [false, { environment, shipped: 'cloud: aws' }],
    [false, { environment, words: ['cloud=aws'] }],
    [false, { shipped }],
    [false, { shipped, environment: { AWS_REGION: 'eu-west-1', DCOS_WORKER_NODES: '' } }],
  ]
  for (const [asked, given] of table)
    assert.is((await load(given)).cloudQuestion, asked, JSON.stringify(given))
  assert.equal((await load({ environment })).oldVariables, ['DCOS_WORKER_NODES'])
})

test('line breaks, byte-order marks, tabs, anchors and JSON are read as YAML means them', async () => {
  const same = [
    '\ufeffagents:\r\n  private: 7\r\n',
    '{\n\t"agents": {\n\t\t"private": 7\n\t}\n}\n',
    'agents: &agents\n  private: 7\n',
    '%YAML 1.1\n---\nagents: { private: 7, }\n...\n',
    '# only\nagents:\n    private: !!int 7 # seven',
    'rehearsal: { seed: 1, fail: [{ resource: X, reason: }] }\nagents: { private: 7 }',
    'rehearsal: { seed: &n 7 }\nagents: { private: *n }',
  ]
  for (const yaml of same) assert.is((await load({ yaml })).config.agents.private, 7, yaml)
})

function at(config: unknown, key: string): unknown {
  return key.split('.').reduce((tree, name) => (tree as Record<string, unknown>)[name], config)
}

test.run()
