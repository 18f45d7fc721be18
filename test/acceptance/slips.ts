import { createHash } from 'node:crypto'
import path from 'node:path'
import type { Code } from '../../tasks/base/failure.ts'

/** A user's mistake, and the expected result. */
export interface Slip {
  args: string[]
  environment?: Record<string, string>
  code: Code
  exit: 1 | 2
  /** What the failure must name: the place, and what is allowed there if that helps. */
  names: string[]
  /** Requests that may have been sent; by default only read requests. */
  calls?: Record<string, number>
  /** What must never be printed. */
  hides?: string
}

export const NOTHING = '0'.repeat(64)

/** A template that both the rehearsal and AWS accept, with a fixed number of masters. */
const small = {
  Parameters: {
    KeyName: { Type: 'AWS::EC2::KeyPair::KeyName' },
    AdminLocation: { Type: 'String', AllowedPattern: '[0-9./]+', ConstraintDescription: 'must be a CIDR' },
    SlaveInstanceCount: { Type: 'Number', Default: '5', MaxValue: '9' },
    PublicSlaveInstanceCount: { Type: 'Number', Default: '1' },
    OAuthEnabled: { Type: 'String', Default: 'true', AllowedValues: ['true', 'false'] },
    Colour: { Type: 'String', Default: 'red', AllowedValues: ['red', 'green'] },
    Password: { Type: 'String', NoEcho: true, Default: '', MaxLength: 4 },
  },
  Resources: {
    MasterServerGroup: {
      Type: 'AWS::AutoScaling::AutoScalingGroup',
      Properties: { MinSize: '1', MaxSize: '1', DesiredCapacity: '1' },
    },
  },
  Outputs: { DnsAddress: { Value: 'localhost' } },
}
const withEula = {
  ...small,
  Parameters: {
    ...small.Parameters,
    AcceptEULA: { Type: 'String', Description: 'Read the licence first', AllowedValues: ['Yes'] },
  },
}

/** The wrong files. */
export const files: Record<string, string | Buffer> = {
  'unknown-key.yaml': 'cluster:\n  name: dcos\n  nmae: x\n',
  'wrong-type.yaml': 'agents:\n  private: [5]\n',
  'out-of-range.yaml': 'agents:\n  public: 1001\n',
  'bad-cidr.yaml': 'access:\n  adminLocation: 203.0.113.7/33\n',
  'empty.yaml': '',
  'malformed.yaml': 'cluster: { name: dcos\nregion: eu-west-1\n',
  'binary.yaml': Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2, 3]),
  'empty.json': '',
  'malformed.json': '{\n  "Resources": {\n    "A": {,}\n  }\n}\n',
  'cut-off.json': JSON.stringify(small).slice(0, -20),
  'binary.json': Buffer.from([0, 1, 2, 3]),
  'unresolved.json': JSON.stringify({
    Resources: { A: { Type: 'AWS::S3::Bucket', Properties: { BucketName: { Ref: 'Missing' } } } },
  }),
  'template-malformed.yaml': 'Resources:\n  A: [\n',
  'template-empty.yaml': '\n  \n',
  'template-binary.yaml': Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0]),
  'template-unresolved.yaml':
    'Resources:\n  A:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: !Ref Missing\n',
  'no-template.yaml': 'a: 1\n',
  'no-address.yaml':
    'Resources:\n  Topic: { Type: AWS::SNS::Topic }\nOutputs:\n  Arn: { Value: !Ref Topic }\n',
  'small.json': JSON.stringify(small),
  'eula.json': JSON.stringify(withEula),
  'page.html': '<!DOCTYPE html>\n<html><head><title>403 Forbidden</title></head></html>\n',
  'notes.txt': 'echo hello\n',
  // The head of a 64-bit Mach-O file for x86-64 (mach-o/loader.h).
  mac: Buffer.concat([
    Buffer.from('cffaedfe0700000103000000020000001000000058050000', 'hex'),
    Buffer.alloc(64),
  ]),
  private: '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END OPENSSH PRIVATE KEY-----\n',
  'garbage.pub': 'ssh-ed25519 not*base64 me@here\n',
}

const sha256 = (name: string) => createHash('sha256').update(files[name]!).digest('hex')

/** Users' mistakes. The files above are in `folder`, which is `in` in the project, and `host` serves them. */
export function slipsIn(folder: string, host: string): Record<string, Slip> {
  const config = (name: string, ...names: string[]): Slip => ({
    args: ['bootstrap', '-c', `in/${name}`],
    code: 'CONFIG_INVALID',
    exit: 2,
    names: [`in/${name}`, ...names],
  })
  const word = (text: string, ...names: string[]): Slip => ({
    args: ['bootstrap', text],
    code: 'CONFIG_INVALID',
    exit: 2,
    names: [`on the command line: ${text}`, ...names],
  })
  const template = (name: string, code: Code, ...names: string[]): Slip => ({
    args: ['bootstrap', `template=in/${name}`],
    code,
    exit: 1,
    names: [path.join(folder, name), ...names],
    calls: {},
  })
  const parameter = (file: string, words: string[], ...names: string[]): Slip => ({
    args: ['bootstrap', `template=in/${file}`, ...words],
    code: 'PARAMETER_INVALID',
    exit: 1,
    names,
    calls: {},
  })
  const cli = (words: string[], code: Code, ...names: string[]): Slip => ({
    args: ['bootstrap', ...words],
    code,
    exit: 1,
    names,
    calls: {},
  })
  /** Mistakes that only a download reveals are tried with a single task, which needs no cluster. */
  const download = (name: string, hash: string, code: Code, ...names: string[]): Slip => ({
    args: ['cli-install', `cli.url=${host}/${name}`, `cli.sha256=${hash}`],
    code,
    exit: 1,
    names: [`${host}/${name}`, ...names],
    calls: {},
  })
  const key = (name: string, ...names: string[]): Slip => ({
    args: ['bootstrap', `access.publicKey=in/${name}`],
    code: 'CONFIG_INVALID',
    exit: 2,
    names: ['access.publicKey', path.join(folder, name), ...names],
    calls: {},
  })
  const aws = ['bootstrap', 'cloud=aws', 'template=in/small.json', 'access.adminLocation=203.0.113.7/32']
  const anyone = { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'of nobody' }

  return {
    'an unknown key in the file': config(
      'unknown-key.yaml',
      ':3:3',
      'cluster.nmae',
      'did you mean cluster.name?',
    ),
    'an unknown key on the command line': word('cluster.nmae=x', 'did you mean cluster.name?'),
    'an unknown section on the command line': word('clustre.name=x', 'clustre'),
    'a wrong type in the file': config('wrong-type.yaml', ':2:12', 'agents.private', 'a whole number'),
    'a wrong type on the command line': word(
      'agents.private=many',
      '"many"',
      'a whole number from 0 to 1000',
    ),
    'out of range in the file': config('out-of-range.yaml', ':2:11', '1001', 'from 0 to 1000'),
    'out of range on the command line': word('agents.private=-1', 'from 0 to 1000'),
    'an impossible number of masters': word('cluster.masters=2', '1, 3'),
    'a bad CIDR in the file': config('bad-cidr.yaml', ':2:18', '203.0.113.7/33', 'CIDR'),
    'a bad CIDR on the command line': word('access.adminLocation=300.1.1.1/8', 'CIDR'),
    'a bad CIDR in the environment': {
      args: ['bootstrap', 'cloud=rehearsal'],
      environment: { DCOS_ADMIN_LOCATION: 'home' },
      code: 'CONFIG_INVALID',
      exit: 2,
      names: ['DCOS_ADMIN_LOCATION', 'CIDR'],
    },
    'no such cloud': word('cloud=azure', 'rehearsal or aws'),
    'no such region': word('region=europe', 'eu-west-1'),
    'a cluster name that CloudFormation refuses': word('cluster.name=1st_cluster', 'cluster.name'),
    'a missing config': config('nowhere.yaml', 'no such file'),
    'a missing config in the environment': {
      args: ['bootstrap'],
      environment: { TASK_CONFIG: 'in/nowhere.yaml' },
      code: 'CONFIG_INVALID',
      exit: 2,
      names: ['in/nowhere.yaml'],
    },
    'an empty config': config('empty.yaml', 'empty'),
    'a malformed config': config('malformed.yaml', ':2:1', 'not closed'),
    'a binary config': config('binary.yaml', 'binary'),
    'a directory as a config': config('', 'folder'),
    'a malformed hash': word('cli.sha256=abc', '64 hexadecimal digits'),

    'a missing template': template('nowhere.json', 'TEMPLATE_UNREADABLE', 'there is no file'),
    'a template that is a directory': {
      ...template('', 'TEMPLATE_UNREADABLE', 'folder'),
      names: [folder, 'folder'],
    },
    'an empty template in JSON': template('empty.json', 'TEMPLATE_UNREADABLE', 'empty'),
    'an empty template in YAML': template('template-empty.yaml', 'TEMPLATE_UNREADABLE', 'white space'),
    'a malformed template in JSON': template('malformed.json', 'TEMPLATE_INVALID', ':3:11'),
    'a truncated template in JSON': template('cut-off.json', 'TEMPLATE_INVALID', 'never closed'),
    'a malformed template in YAML': template('template-malformed.yaml', 'TEMPLATE_INVALID', '.yaml:3:1'),
    'a binary template in JSON': template('binary.json', 'TEMPLATE_UNREADABLE', 'binary'),
    'a binary template in YAML': template('template-binary.yaml', 'TEMPLATE_UNREADABLE', 'binary'),
    'an unresolved Ref in JSON': template('unresolved.json', 'TEMPLATE_INVALID', ':1:', 'Missing'),
    'an unresolved Ref in YAML': template('template-unresolved.yaml', 'TEMPLATE_INVALID', ':5:', 'Missing'),
    'YAML that is not a template': template('no-template.yaml', 'TEMPLATE_INVALID', 'Resources'),
    'a template that is not for DC/OS': template('no-address.yaml', 'TEMPLATE_INVALID', 'DnsAddress', 'Arn'),
    'a template in a missing bucket': {
      args: ['bootstrap', 'template=s3://bucket/key.json'],
      code: 'TEMPLATE_UNREADABLE',
      exit: 1,
      names: ['s3://bucket/key.json', 'no bucket bucket'],
      calls: { 's3:GetObject': 1 },
    },
    'an unpinned official template': {
      args: ['bootstrap', '--yes', 'template=official:EarlyAccess/multi-master'],
      code: 'TEMPLATE_UNREADABLE',
      exit: 1,
      // Whether its host is dead or another server responds there.
      names: ['official:EarlyAccess/multi-master', 's3-us-west-2.amazonaws.com'],
      calls: {},
    },
    'an official template that never existed': {
      args: ['bootstrap', 'template=official:stable/single-mastr'],
      code: 'TEMPLATE_UNREADABLE',
      exit: 1,
      names: ['"single-mastr"', 'did you mean single-master?'],
      calls: {},
    },

    'a parameter against its AllowedPattern': parameter(
      'small.json',
      ['parameters.AdminLocation=anywhere'],
      'AdminLocation',
      '"anywhere"',
      'must be a CIDR',
    ),
    'a parameter against its AllowedValues': parameter(
      'small.json',
      ['parameters.Colour=blue'],
      'Colour',
      '"blue"',
      '"red", "green"',
    ),
    'a parameter over its MaxValue': parameter(
      'small.json',
      ['agents.private=10'],
      'SlaveInstanceCount',
      'at most 9',
    ),
    'a secret parameter against its MaxLength': {
      ...parameter('small.json', ['parameters.Password=hunter2'], 'Password', 'at most 4'),
      hides: 'hunter2',
    },
    'an unknown parameter': parameter(
      'small.json',
      ['parameters.Color=red'],
      'Color',
      'did you mean Colour?',
    ),
    'a missing required parameter': parameter('eula.json', [], 'AcceptEULA', 'Read the licence first'),
    'three masters of a template with one': parameter(
      'small.json',
      ['cluster.masters=3'],
      'cluster.masters=3',
      'MasterInstanceCount',
    ),
    'an instance type for a template without one': parameter(
      'small.json',
      ['agents.instanceType=c5.large'],
      'agents.instanceType=c5.large',
      'DefaultInstanceType',
    ),

    'no credentials': { args: aws, code: 'CREDENTIALS_MISSING', exit: 1, names: ['credentials'], calls: {} },
    'a profile that does not exist': {
      args: [...aws, 'aws.profile=nobody'],
      code: 'CREDENTIALS_MISSING',
      exit: 1,
      names: ['nobody'],
      calls: {},
    },
    'an unreachable endpoint': {
      args: [...aws, 'aws.endpoint=http://127.0.0.1:1'],
      environment: anyone,
      code: 'ENDPOINT_UNREACHABLE',
      exit: 1,
      names: ['http://127.0.0.1:1', 'ECONNREFUSED'],
      hides: anyone.AWS_SECRET_ACCESS_KEY,
    },
    // Refused before any call, so the missing credentials are not found first.
    'AWS without an installer': {
      args: ['bootstrap', 'cloud=aws', 'access.adminLocation=203.0.113.7/32'],
      code: 'PARAMETER_INVALID',
      exit: 1,
      names: ['installer.from', 'dcos_generate_config.sh', 'cloud=rehearsal'],
      calls: {},
    },
    'a missing installer': {
      args: ['bootstrap', 'cloud=aws', 'installer.from=nowhere.sh'],
      code: 'CONFIG_INVALID',
      exit: 2,
      names: ['installer.from', 'nowhere.sh', 'no such file'],
      calls: {},
    },
    'an installer that is not a shell script': {
      args: ['bootstrap', 'installer.from=package.json'],
      code: 'CONFIG_INVALID',
      exit: 2,
      names: ['installer.from', 'package.json', 'not a shell script'],
      calls: {},
    },
    'an incomplete network': {
      args: ['bootstrap', 'network.vpc=vpc-0123456789abcdef0'],
      code: 'CONFIG_INVALID',
      exit: 2,
      names: ['network.subnets is not set'],
      calls: {},
    },
    'variables of the old tool without a cloud': {
      args: ['bootstrap'],
      environment: { DCOS_CLUSTER_NAME: 'dcos', DCOS_WORKER_NODES: '3' },
      code: 'CONFIG_INVALID',
      exit: 2,
      names: ['DCOS_*', 'cloud'],
    },

    'a missing CLI': cli(['cli.url=in/nowhere'], 'CLI_UNAVAILABLE', path.join(folder, 'nowhere')),
    'a CLI of an unknown scheme': word('cli.url=ftp://127.0.0.1/dcos', 'https://'),
    'a CLI from the network without a hash': cli(
      [`cli.url=${host}/mac`],
      'CLI_HASH',
      `${host}/mac`,
      'not pinned',
    ),
    'a local CLI with a wrong hash': cli(
      ['cli.url=in/notes.txt', `cli.sha256=${NOTHING}`],
      'CLI_HASH',
      path.join(folder, 'notes.txt'),
      NOTHING,
      sha256('notes.txt'),
    ),
    'a CLI at file:// with a wrong hash': cli(
      [`cli.url=file://${folder}/notes.txt`, `cli.sha256=${NOTHING}`],
      'CLI_HASH',
      path.join(folder, 'notes.txt'),
      sha256('notes.txt'),
    ),
    'an HTML page instead of the CLI': cli(
      ['cli.url=in/page.html'],
      'CLI_NOT_EXECUTABLE',
      'page.html',
      'HTML',
    ),
    'a text file instead of the CLI': cli(['cli.url=in/notes.txt'], 'CLI_NOT_EXECUTABLE', 'notes.txt'),
    'a macOS binary instead of the CLI': cli(
      ['cli.url=in/mac'],
      'CLI_NOT_EXECUTABLE',
      `${folder}/mac`,
      'macOS',
    ),
    'a download with a wrong hash': download('mac', NOTHING, 'CLI_HASH', NOTHING, sha256('mac')),
    'a download that is an HTML page': download(
      'page.html',
      sha256('page.html'),
      'CLI_UNAVAILABLE',
      'HTML page',
    ),
    'a download that is text': download('notes.txt', sha256('notes.txt'), 'CLI_NOT_EXECUTABLE'),
    'a missing download': download('nowhere', NOTHING, 'CLI_UNAVAILABLE', '404'),

    'a missing public key': key('nowhere.pub', 'no such file'),
    'a private key instead of the public one': {
      ...key('private', 'private key'),
      hides: 'b3BlbnNzaC1rZXktdjEA',
    },
    'garbage instead of a public key': key('garbage.pub', 'OpenSSH'),
    'a missing token file': {
      args: ['bootstrap', 'auth.tokenFile=in/nowhere'],
      code: 'CONFIG_INVALID',
      exit: 2,
      names: ['auth.tokenFile', path.join(folder, 'nowhere')],
      calls: {},
    },
    'a missing certificate authority': {
      args: ['bootstrap', 'auth.caCert=in/nowhere'],
      code: 'CONFIG_INVALID',
      exit: 2,
      names: ['auth.caCert', path.join(folder, 'nowhere')],
      calls: {},
    },
    'a misspelt task': {
      args: ['bootstap'],
      code: 'USAGE',
      exit: 2,
      names: ['"bootstap"', 'did you mean bootstrap?'],
    },
    'a misspelt option': {
      args: ['bootstrap', '--ony'],
      code: 'USAGE',
      exit: 2,
      names: ['--ony', 'did you mean --only?'],
    },
  }
}
