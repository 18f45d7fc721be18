import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { faults, type Given } from './loading.ts'

const test = suite('config: what a mistake is told')

/** Text as it stands in the table, its margin taken off. */
function lines(text: string): string {
  const rows = text.replace(/^\n|\n *$/g, '').split('\n')
  const margin = Math.min(...rows.filter((row) => row.trim()).map((row) => row.search(/\S/)))
  return rows.map((row) => row.slice(margin)).join('\n')
}

async function tell(given: Given, expected: string): Promise<void> {
  assert.is(await faults(given), lines(expected))
}

const TOP =
  'cloud, region, cluster, agents, installer, image, network, tags, access, auth, template, parameters, cli, aws, rehearsal'
const CIDR = 'auto or an IPv4 range in CIDR form, such as 203.0.113.7/32'
const COUNT = 'a whole number from 0 to 1000'
const FAIL = 'a list of { resource: …, reason: … } and { call: …, error: …, times: …, after: … }'

test('unknown keys, with what was meant: misspelt, in the wrong section, by an old name', async () => {
  await tell(
    { yaml: 'clod: aws\nprivate: 5\nurl: x\nDCOS_WORKER_NODES: 5\nagents:\n  instance_type: m5.large\n' },
    `
    mine.yaml:1:1: there is no key clod
      1 | clod: …
        | ^^^^
      did you mean cloud?
      allowed: ${TOP}
    mine.yaml:2:1: there is no key private
      2 | private: …
        | ^^^^^^^
      did you mean agents.private?
      allowed: ${TOP}
    mine.yaml:3:1: there is no key url
      3 | url: …
        | ^^^
      did you mean cluster.url or cli.url?
      allowed: ${TOP}
    mine.yaml:4:1: there is no key DCOS_WORKER_NODES
      4 | DCOS_WORKER_NODES: …
        | ^^^^^^^^^^^^^^^^^
      did you mean agents.private?
      allowed: ${TOP}
    mine.yaml:6:3: there is no key agents.instance_type
      6 |   instance_type: …
        |   ^^^^^^^^^^^^^
      did you mean agents.instanceType?
      allowed: private, public, instanceType, pools
    `,
  )
})

test('wrong types and values out of range, and what would be right', async () => {
  const table: [string, string, string, string?][] = [
    ['cloud: AWS', '1:8: cloud cannot be "AWS"', 'rehearsal or aws', 'aws'],
    [
      'region: eu_west_1',
      '1:9: region cannot be "eu_west_1"',
      'an AWS region, such as eu-west-1',
      'eu-west-1',
    ],
    ['agents: { private: 1001 }', '1:20: agents.private cannot be 1001', COUNT],
    ['agents: { private: -1 }', '1:20: agents.private cannot be -1', COUNT],
    ['agents: { private: 5.5 }', '1:20: agents.private cannot be 5.5', COUNT],
    ['agents: { private: many }', '1:20: agents.private cannot be "many"', COUNT],
    ['agents: { private: "10" }', '1:20: agents.private cannot be "10"', COUNT, '10, without quotes'],
    ['agents: { private: [5] }', '1:20: agents.private cannot be a list', COUNT],
    ['agents: 5', '1:9: agents is a section, not 5', 'private, public, instanceType, pools'],
    ['agents:\n- private: 5', '2:1: agents is a section, not a list', 'private, public, instanceType, pools'],
    ['cluster: { masters: 2 }', '1:21: cluster.masters cannot be 2', 'auto, 1, 3 or 5'],
    ['cluster: { url: ftp://a.b }', '1:17: cluster.url cannot be "ftp://a.b"', 'auto, http://… or https://…'],
    ['access: { oauth: yes }', '1:18: access.oauth cannot be "yes"', 'true or false', 'true'],
    [
      'access: { adminLocation: 10.0.0.1 }',
      '1:26: access.adminLocation cannot be "10.0.0.1"',
      CIDR,
      '10.0.0.1/32',
    ],
    ['access: { adminLocation: 10.0.0.256/8 }', '1:26: access.adminLocation cannot be "10.0.0.256/8"', CIDR],
    ['access: { adminLocation: 10.0.0.0/33 }', '1:26: access.adminLocation cannot be "10.0.0.0/33"', CIDR],
    ['access: { adminLocation: 010.0.0.0/8 }', '1:26: access.adminLocation cannot be "010.0.0.0/8"', CIDR],
    [
      'access: { publicKey: ssh-rsa AAAA me }',
      '1:22: access.publicKey cannot be "ssh-rsa AAAA me"',
      'auto or the path of a public key file (not the key itself)',
    ],
    [
      'template: http://a.b/t.json',
      '1:11: template cannot be "http://a.b/t.json"',
      'a path, https://…, s3://bucket/key or official:<channel>/<master setup>',
      'https://a.b/t.json',
    ],
    [
      'template: official:stable',
      '1:11: template cannot be "official:stable"',
      'a path, https://…, s3://bucket/key or official:<channel>/<master setup>',
      'official:stable/single-master',
    ],
    [
      'cli: { url: "pypi:dcoscli==0.6.0" }',
      '1:13: cli.url cannot be "pypi:dcoscli==0.6.0"',
      'auto, pypi:dcoscli==0.6.1, built-in, a path, file:///… or https://…',
      'pypi:dcoscli==0.6.1',
    ],
    ['cli: { sha256: abc }', '1:16: cli.sha256 cannot be "abc"', '64 hexadecimal digits'],
    [
      'cli: { plugins: x.zip }',
      '1:17: cli.plugins is a list, not "x.zip"',
      'a list of { url: …, sha256: … }',
    ],
    ['cli: { plugins: [{sha256: }] }', '1:18: cli.plugins: url missing', 'a list of { url: …, sha256: … }'],
    [
      'parameters: { A: [1, 2] }',
      '1:18: parameters.A cannot be a list',
      'a text, a number, true or false (a list is written as one text with commas)',
    ],
    [
      'aws: { endpoint: localhost:5000 }',
      '1:18: aws.endpoint cannot be "localhost:5000"',
      'http://… or https://…',
      'http://localhost:5000',
    ],
    ['rehearsal: { speed: 0.5 }', '1:21: rehearsal.speed cannot be 0.5', 'a number from 1 to 10000'],
    ['rehearsal: { seed: .inf }', '1:20: rehearsal.seed cannot be .inf', 'a whole number from 0'],
    ['rehearsal: { fail: [{ call: X }] }', '1:21: rehearsal.fail: error missing', FAIL],
    [
      'rehearsal: { fail: [{ resource: X, after: 3 }] }',
      '1:36: rehearsal.fail.after does not go with resource',
      FAIL,
    ],
    ['- cloud: aws', '1:1: a config is a map of keys, not a list', TOP],
    ['cloud:aws', '1:1: a config is a map of keys, not "cloud:aws"', TOP],
  ]
  for (const [yaml, what, allowed, suggestion] of table) {
    const text = await faults({ yaml })
    assert.is(text.split('\n')[0], `mine.yaml:${what}`)
    const told = text.split('\n').slice(3)
    const meant = suggestion === undefined ? [] : [`  did you mean ${suggestion}?`]
    assert.equal(told, [...meant, `  allowed: ${allowed}`], yaml)
  }
})

test('YAML that is none, each fault in plain words at its place', async () => {
  const table: [string, string][] = [
    ['agents:\n\tprivate: 5', '2:1: a tab cannot indent YAML: use spaces'],
    [
      'cloud: aws\nregion\nagents: {}',
      '2:1: not valid YAML: a line without "key: value" (is a colon or a space after it missing?)',
    ],
    ['agents: {private: 5', '1:20: not valid YAML: a { or [ is not closed, or its content is not indented'],
    ['cloud: "aws\n\n', '1:12: not valid YAML: a quote is not closed'],
    ['cloud: @x', '1:8: not valid YAML: plain value cannot start with reserved character @'],
    ['agents: {private: 5}}', '1:21: not valid YAML: this does not belong here'],
    ['cloud: aws\n---\ncloud: aws', '2:1: a second YAML document begins here: a config must be one document'],
    ['cloud: !secret aws', '1:8: YAML tags (!…) are not supported here'],
    ['cloud: *where', '1:8: there is no anchor &where before this'],
    ['<<: { cloud: aws }', '1:1: merge keys (<<) are not supported: write the keys out'],
    ['? [a]\n: 3', '1:3: a key is missing here'],
    ['agents: {private: 1}\nagents: {public: 1}', '2:1: agents is written twice, first at mine.yaml:1:1'],
    ['parameters:\n  A: 1\n  A: 1', '3:3: parameters.A is written twice, first at mine.yaml:2:3'],
    ['parameters: { my-name: 1 }', '1:15: "my-name" cannot be a name in parameters'],
    ['['.repeat(20_000), ''],
  ]
  for (const [yaml, what] of table) {
    const first = (await faults({ yaml })).split('\n')[0]!
    if (what) assert.is(first, `mine.yaml:${what}`)
    else assert.match(first, /^mine\.yaml:1:\d+: nested too deeply$/)
  }
})

test('files that are no config', async () => {
  const table: [Given, string][] = [
    [{ yaml: '' }, 'mine.yaml: is empty'],
    [{ yaml: '# nothing but this\n\n' }, 'mine.yaml: is empty'],
    [{ shipped: '---\n', cwd: 'deep' }, '../config/cluster.yaml: is empty'],
    [{ yaml: Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0]) }, 'mine.yaml: cannot be read: it is a binary file'],
    [{ yaml: Buffer.from([0x63, 0x3a, 0x20, 0xff]) }, 'mine.yaml: cannot be read: it is not UTF-8 text'],
    [
      { yaml: Buffer.from('\ufeffcloud: aws', 'utf16le') },
      'mine.yaml: cannot be read: it is encoded in UTF-16: save it as UTF-8',
    ],
    [
      { yaml: `#${'x'.repeat(70_000)}` },
      'mine.yaml: cannot be read: it has 70001 bytes, more than the limit of 65536',
    ],
    [{ file: '/dev/zero' }, '/dev/zero: cannot be read: it is not a regular file'],
    [{ file: 'config' }, 'config: cannot be read: it is a folder, not a file'],
    [{ file: '' }, '--config: the name is empty'],
    [{ file: 'nowhere/x.yaml' }, 'nowhere/x.yaml: there is no such file'],
    [{ file: `${'x'.repeat(300)}.yaml` }, `${'x'.repeat(300)}.yaml: cannot be read: the name is too long`],
    [{ yaml: '{}', file: 'mine.yml' }, 'mine.yml: there is no such file\n  did you mean mine.yaml?'],
    [{ yaml: '{}', file: 'mime.yaml' }, 'mime.yaml: there is no such file\n  did you mean mine.yaml?'],
    [{ yaml: '{}', file: 'mine' }, 'mine: there is no such file\n  did you mean mine.yaml?'],
    [{ yaml: '{}', file: 'mine.yaml/x' }, 'mine.yaml/x: there is no such file'],
  ]
  for (const [given, expected] of table) assert.is(await faults(given), expected)
})

test('the command line and the environment are named as the place; all faults come at once, the first five in full', async () => {
  await tell(
    {
      yaml: 'clod: 1',
      environment: { AWS_REGION: 'Europe', DCOS_CHANNEL: '../x' },
      words: ['agents=5', 'agents.privat=10', 'DCOS_WORKER_NODES=3', 'rehearsal.fail=[{resorce: X}]'],
    },
    `
    mine.yaml:1:1: there is no key clod
      1 | clod: …
        | ^^^^
      did you mean cloud?
      allowed: ${TOP}
    AWS_REGION: region cannot be "Europe"
      allowed: an AWS region, such as eu-west-1
    DCOS_CHANNEL: template cannot be "official:../x/single-master"
      did you mean official:stable/single-master?
      allowed: a path, https://…, s3://bucket/key or official:<channel>/<master setup>
    on the command line: agents=5: agents is a section, not 5
      allowed: private, public, instanceType, pools
    on the command line: agents.privat=10: there is no key agents.privat
      did you mean agents.private?
      allowed: private, public, instanceType, pools
    and 2 more
    `,
  )
  await tell(
    {
      words: [
        'DCOS_WORKER_NODES=3',
        'rehearsal.fail=[{resorce: X}]',
        'cluster.masters=7',
        'parameters.a-b=1',
        'agents=',
      ],
    },
    `
    on the command line: DCOS_WORKER_NODES=3: there is no key DCOS_WORKER_NODES
      did you mean agents.private?
      allowed: ${TOP}
    on the command line: rehearsal.fail=[{resorce: X}]: there is no key rehearsal.fail.resorce
      did you mean rehearsal.fail.resource?
      allowed: ${FAIL}
    on the command line: cluster.masters=7: cluster.masters cannot be 7
      allowed: auto, 1, 3 or 5
    on the command line: parameters.a-b=1: there is no key parameters.a-b
      allowed: parameters.NAME=VALUE, NAME being letters and digits, at most 255
    on the command line: agents=: agents cannot be ""
      allowed: private, public, instanceType, pools
    `,
  )
  const old = { DCOS_OAUTH_ENABLED: 'yes', DCOS_WORKER_NODES: 'many', DCOS_ADMIN_LOCATION: '1.2.3.4' }
  await tell(
    { environment: old },
    `
    DCOS_ADMIN_LOCATION: access.adminLocation cannot be "1.2.3.4"
      did you mean 1.2.3.4/32?
      allowed: ${CIDR}
    DCOS_OAUTH_ENABLED: access.oauth cannot be "yes"
      did you mean true?
      allowed: true or false
    DCOS_WORKER_NODES: agents.private cannot be "many"
      allowed: ${COUNT}
    `,
  )
})

test('a secret in a wrong place is not repeated', async () => {
  const given: Given[] = [
    { yaml: 'auth: { pasword: hunter2 }' },
    { yaml: 'auth: { password: hunter2, usrname: 5 }' },
    { yaml: '{"auth": {"token": "hunter2 hunter2", "method": 3}}' },
    { yaml: 'parameters: { LicenseKey: hunter2, B: [x] }' },
    { yaml: 'parameters:\n  LicenseKey: [hunter2]' },
    { yaml: 'auth:\n  token: "hunter2\n' },
    { yaml: 'auth: { password: "abc" hunter2 }' },
    { words: ['auth.tokn=hunter2'] },
    { words: ['auth.password=hunter2'] },
  ]
  for (const one of given) assert.not.match(await faults(one), /hunter2/, JSON.stringify(one))
})

test('a long line is shown around the fault, and nothing that moves the cursor is shown at all', async () => {
  const filler = Array.from({ length: 50 }, (_, index) => `P${index}: value${index}`).join(', ')
  await tell(
    { yaml: `parameters: { ${filler}, Q: [x], ${filler.replaceAll('P', 'R')} }` },
    `
    mine.yaml:1:698: parameters.Q cannot be a list
      1 | …value47, P48: value48, P49: value49, Q: [x], R0: value0, R1: value1, R2: value2, R3: value…
        |                                          ^^^
      allowed: a text, a number, true or false (a list is written as one text with commas)
    `,
  )
  for (const given of [
    { yaml: 'cloud: "\\e[31m"' },
    { words: ['cloud=\x1b[31m'] },
    { words: ['\x1b[31m=1'] },
  ]) {
    assert.not.ok((await faults(given)).includes('\x1b'))
  }
})

test.run()
