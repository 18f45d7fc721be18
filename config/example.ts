import type { Shape } from './shape.ts'

/** An example value for each key whose choices or `allowed` text provide none. */
const values: Record<string, string> = {
  'cluster.name': 'dcos-test',
  'cluster.url': 'https://dcos.example.com',
  'cluster.deadline': '120',
  'agents.private': '10',
  'agents.public': '2',
  'agents.pools': '[{ name: large, count: 2, instanceType: m5.2xlarge }]',
  'installer.from': 'dcos_generate_config.sh',
  'installer.sha256': 'f4fcd06439aaf01e032bb2df877c22e8c38d7bed6ad7049523d04b3ef38ca7a2',
  'cli.sha256': 'f4fcd06439aaf01e032bb2df877c22e8c38d7bed6ad7049523d04b3ef38ca7a2',
  image: 'ami-0123456789abcdef0',
  'network.subnets': 'subnet-0123456789abcdef0,subnet-0123456789abcdef1',
  'network.privateSubnets': 'subnet-0123456789abcdef2,subnet-0123456789abcdef3',
  tags: 'platform',
  'access.publicKey': '~/.ssh/work.pub',
  'access.sshUser': 'centos',
  'auth.username': 'admin',
  'auth.passwordFile': '~/.dcos-password',
  'auth.privateKeyFile': '~/service-account.pem',
  'auth.tokenFile': '~/.dcos-token',
  'auth.caCert': '~/dcos-ca.crt',
  template: 's3://bucket/template.json',
  parameters: 'true',
  'cli.url': 'built-in',
  'cli.plugins': '[{ url: ~/dcos-core-cli.zip }]',
  'aws.profile': 'work',
  'aws.endpoint': 'http://127.0.0.1:5000',
  'rehearsal.speed': '500',
  'rehearsal.seed': '7',
  'rehearsal.fail': '[{ resource: MasterServerGroup, reason: it broke }]',
}

/** Example names for sections with free names. */
const names: Record<string, string> = { tags: 'team', parameters: 'OAuthEnabled' }

/** An example of setting a key to something other than its default, in the config file and on the command line. */
export function exampleOf(
  key: string,
  shape: Exclude<Shape, { kind: 'section' }>,
): { file: string[]; line: string } {
  const name = shape.kind === 'names' ? `${key}.${names[key]}` : key
  const value = values[key] ?? values[key.split('.')[0]!] ?? derived(shape)
  const path = name.split('.')
  const file = path.map((part, depth) => `${'  '.repeat(depth)}${part}:`)
  file.push(`${file.pop()} ${value}`)
  const word = `${name}=${value}`
  return { file, line: /[ {[]/.test(word) ? `"${word}"` : word }
}

function derived({ about, ...shape }: Exclude<Shape, { kind: 'section' }>): string {
  if (typeof about.default === 'boolean') return String(!about.default)
  const choices = shape.kind === 'value' ? shape.choices : []
  const other = choices.filter((choice) => choice !== about.default).at(-1)
  return other === undefined ? /such as (\S+)/.exec(about.allowed)![1]! : String(other)
}
