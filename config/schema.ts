import * as v from 'valibot'
import {
  ANY,
  ATTRIBUTES,
  CIDR,
  CLI_PATH,
  FILE_URL,
  HTTPS,
  IMAGE,
  INSTANCE_TYPE,
  LOCAL_HTTP,
  OFFICIAL,
  PARAMETER_NAME,
  PATH,
  POLICY_ARN,
  POOL_NAME,
  PUBLIC_KEY_PATH,
  REGION,
  ROLE_ARN,
  S3,
  SHA256,
  SSH_USER,
  SSM_PARAMETER,
  STACK_NAME,
  SUBNETS,
  TAG_KEY,
  TAG_VALUE,
  VPC,
  WEB,
} from './forms.ts'
import { REGIONS } from './region-names.ts'

export const DEFAULT_REGION = 'eu-west-1'

// Everything that can be configured. This one schema gives the type `Config`, the defaults, the JSON Schema that
// editors read (cluster.schema.json), the table in docs/config.md and the limits in error messages. A key is added here
// together with the code that reads it.

/** The texts about a key, for the docs, the editor's help and errors. */
interface Says {
  description: string
  /** What a value may be, to follow the word "allowed:". */
  allowed: string
  /** The value may be a path: a relative one is relative to where it was written, `~` is the user's home. */
  path?: boolean
  /** Some of many possible values, for editors, shell completion and suggestions. */
  examples?: readonly string[]
}

const says = <const Input>(about: Says) => v.metadata<Input, Says & Record<string, unknown>>({ ...about })

const text = (pattern: RegExp) => v.pipe(v.string(), v.regex(pattern))
const wholeNumber = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most))

const sha256 = v.optional(
  v.pipe(
    text(SHA256),
    v.toLowerCase(),
    says({
      description: 'The SHA-256 of that file, as `sha256sum` prints it; anything else is refused',
      allowed: '64 hexadecimal digits',
    }),
  ),
)

const download = (description: string) =>
  v.pipe(
    v.union([text(WEB), text(FILE_URL), text(PATH)]),
    says({ description, allowed: 'a path, file:///… or https://…', path: true }),
  )

const secretFile = (description: string) =>
  v.optional(v.pipe(text(ANY), says({ description, allowed: 'the path of a file', path: true })))

const plugin = v.strictObject({
  url: download('Where the plugin is: its zip file'),
  sha256,
})

const failingResource = v.strictObject({
  resource: v.pipe(
    text(PARAMETER_NAME),
    says({
      description: 'The logical id of the resource that fails',
      allowed: "a resource's logical id in the template",
    }),
  ),
  reason: v.optional(v.pipe(text(ANY), says({ description: 'The reason in its event', allowed: 'a text' }))),
  during: v.optional(
    v.pipe(
      v.picklist(['create', 'update', 'delete', 'rollback']),
      says({
        description: 'When it fails; by default when it is created or updated',
        allowed: 'create, update, delete or rollback',
      }),
    ),
  ),
  times: v.optional(
    v.pipe(
      wholeNumber(1, 1_000_000),
      says({
        description: 'How often it fails, counted over all clusters of that name; by default always',
        allowed: 'a whole number from 1 to 1000000',
      }),
    ),
  ),
  signals: v.optional(
    v.pipe(
      wholeNumber(0, 1000),
      says({
        description:
          'It fails by missing signals: this many of its instances send theirs, the others never do',
        allowed: 'a whole number from 0 to 1000',
      }),
    ),
  ),
})

const failingCall = v.strictObject({
  call: v.pipe(
    text(/^[A-Za-z0-9]+$/),
    says({
      description: 'The AWS operation that fails',
      allowed: 'an operation, such as DescribeStackEvents',
    }),
  ),
  error: v.pipe(
    text(ANY),
    says({
      description:
        'What it fails with: an AWS error code, an HTTP status, or cut, cut-reply, crash-before, crash-after',
      allowed: 'an AWS error code, such as Throttling',
    }),
  ),
  times: v.optional(
    v.pipe(
      wholeNumber(1, 1_000_000),
      says({ description: 'How often it fails', allowed: 'a whole number from 1 to 1000000' }),
    ),
  ),
  after: v.optional(
    v.pipe(
      wholeNumber(0, 1_000_000),
      says({ description: 'How many calls succeed first', allowed: 'a whole number from 0 to 1000000' }),
    ),
  ),
})

const diskSize = (description: string) =>
  v.pipe(wholeNumber(20, 16_384), says({ description, allowed: 'a whole number of GiB from 20 to 16384' }))

const pool = v.strictObject({
  name: v.pipe(
    text(POOL_NAME),
    says({
      description: 'The name of the pool, also the Mesos attribute `pool` of its agents',
      allowed:
        'a letter, then letters and digits, in lower case, at most 30; not master, public or bootstrap',
    }),
  ),
  count: v.pipe(
    wholeNumber(0, 1000),
    says({ description: 'The number of agents', allowed: 'a whole number from 0 to 1000' }),
  ),
  instanceType: v.optional(
    v.pipe(
      text(INSTANCE_TYPE),
      says({
        description: 'Their EC2 instance type; by default agents.instanceType',
        allowed: 'an EC2 instance type, such as m5.large',
      }),
    ),
  ),
  volume: v.optional(diskSize('The disk of each, in GiB')),
  spot: v.optional(
    v.pipe(
      v.boolean(),
      says({
        description: 'Whether they are spot instances, which AWS may reclaim at any time',
        allowed: 'true or false',
      }),
    ),
  ),
  public: v.optional(
    v.pipe(v.boolean(), says({ description: 'Whether they are public agents', allowed: 'true or false' })),
  ),
  attributes: v.optional(
    v.pipe(
      text(ATTRIBUTES),
      says({
        description: 'Additional Mesos attributes of these agents',
        allowed: 'key:value, separated by ;',
      }),
    ),
  ),
})

const subnets = (description: string) =>
  v.optional(v.pipe(text(SUBNETS), says({ description, allowed: 'subnet ids, separated by commas' })))

const agentCount = (description: string) =>
  v.pipe(wholeNumber(0, 1000), says({ description, allowed: 'a whole number from 0 to 1000' }))

export const schema = v.strictObject({
  cloud: v.optional(
    v.pipe(
      v.picklist(['rehearsal', 'aws']),
      says({
        description:
          'Where to create the cluster: rehearsed on this machine, or on AWS, where it costs money',
        allowed: 'rehearsal or aws',
      }),
    ),
    'rehearsal',
  ),
  region: v.optional(
    v.pipe(
      text(REGION),
      says({ description: 'The AWS region', allowed: 'an AWS region, such as eu-west-1', examples: REGIONS }),
    ),
    DEFAULT_REGION,
  ),
  cluster: v.optional(
    v.strictObject({
      name: v.optional(
        v.pipe(
          text(STACK_NAME),
          says({
            description: 'The name of the cluster and of its CloudFormation stack',
            allowed: 'a letter, then letters, digits and hyphens, at most 128 in all',
          }),
        ),
        'dcos',
      ),
      masters: v.optional(
        v.pipe(
          v.picklist(['auto', 1, 3, 5]),
          says({
            description:
              "The number of masters; auto is the template's own number (1 in the default template)",
            allowed: 'auto, 1, 3 or 5',
          }),
        ),
        'auto',
      ),
      url: v.optional(
        v.pipe(
          v.union([v.literal('auto'), v.pipe(text(WEB), v.url())]),
          says({
            description: "The cluster's address; auto is the stack's output DnsAddress",
            allowed: 'auto, http://… or https://…',
          }),
        ),
        'auto',
      ),
      keepFailed: v.optional(
        v.pipe(
          v.boolean(),
          says({
            description:
              'Whether to keep a stack whose creation failed, for inspection, instead of rolling it back',
            allowed: 'true or false',
          }),
        ),
        false,
      ),
      deadline: v.optional(
        v.pipe(
          wholeNumber(1, 1440),
          says({
            description: 'How many minutes the stack and DC/OS may take to come up before wait gives up',
            allowed: 'a whole number from 1 to 1440',
          }),
        ),
        90,
      ),
    }),
    {},
  ),
  agents: v.optional(
    v.strictObject({
      private: v.optional(agentCount('The number of private agents, which run the services'), 5),
      public: v.optional(agentCount('The number of public agents, which the internet can reach'), 1),
      instanceType: v.optional(
        v.pipe(
          text(INSTANCE_TYPE),
          says({
            description: 'The EC2 instance type of the nodes',
            allowed: 'an EC2 instance type, such as m5.large',
            examples: [
              'm5.large',
              'm5.xlarge',
              'm5.2xlarge',
              'm5.4xlarge',
              'c5.2xlarge',
              'r5.xlarge',
              'r5.2xlarge',
            ],
          }),
        ),
        'm5.large',
      ),
      pools: v.optional(
        v.pipe(
          v.array(pool),
          says({
            description:
              'Additional groups of agents, each with its own size, instance type, disk and attributes',
            allowed:
              'a list of { name: …, count: …, instanceType: …, volume: …, spot: …, public: …, attributes: … }',
          }),
        ),
        [],
      ),
    }),
    {},
  ),
  installer: v.optional(
    v.strictObject({
      from: v.optional(
        v.pipe(
          v.union([text(WEB), text(S3), text(PATH)]),
          says({
            description:
              "Your copy of DC/OS's installer, dcos_generate_config.sh, which is no longer published",
            allowed: 'a path, https://… or s3://bucket/key',
            path: true,
          }),
        ),
      ),
      sha256,
    }),
    {},
  ),
  image: v.optional(
    v.pipe(
      v.union([v.literal('auto'), text(IMAGE), text(SSM_PARAMETER)]),
      says({
        description:
          "The nodes' image: CentOS 7, RHEL 7.9 or Flatcar 2345; auto is the newest CentOS 7 image from CentOS's own account",
        allowed: 'auto, ami-… or ssm:/name/of/a/parameter',
      }),
    ),
    'auto',
  ),
  network: v.optional(
    v.strictObject({
      vpc: v.optional(
        v.pipe(
          text(VPC),
          says({
            description: 'An existing VPC; without one the cluster gets its own',
            allowed: 'the id of a VPC, such as vpc-0123456789abcdef0',
          }),
        ),
      ),
      subnets: subnets(
        'The subnets of that VPC, one per zone, for masters, public agents and load balancers',
      ),
      privateSubnets: subnets('The subnets for private agents; by default the same'),
      zones: v.optional(
        v.pipe(
          v.picklist([1, 2, 3]),
          says({
            description: "The number of availability zones of the cluster's own network",
            allowed: '1, 2 or 3',
          }),
        ),
        2,
      ),
      nat: v.optional(
        v.pipe(
          v.picklist(['gateway', 'none']),
          says({
            description:
              'How private agents reach the internet; with none their image must have Docker and all that DC/OS needs',
            allowed: 'gateway or none',
          }),
        ),
        'gateway',
      ),
    }),
    {},
  ),
  tags: v.optional(
    v.pipe(
      v.record(
        v.pipe(
          text(TAG_KEY),
          says({
            description: "A tag's key",
            allowed: 'a tag key of at most 128 characters that does not begin with aws: or dcos-bootstrap:',
          }),
        ),
        v.pipe(
          v.union([v.string(), v.number(), v.boolean()]),
          says({ description: 'Its value', allowed: 'a text of at most 256 characters' }),
          v.transform(String),
          v.regex(TAG_VALUE),
        ),
      ),
      says({
        description: 'Your own tags, added to everything that is created',
        allowed: 'a key and its value',
      }),
    ),
    {},
  ),
  access: v.optional(
    v.strictObject({
      adminLocation: v.optional(
        v.pipe(
          v.union([v.literal('auto'), text(CIDR)]),
          says({
            description: "The addresses that can reach the masters; auto is this machine's public address",
            allowed: 'auto or an IPv4 range in CIDR form, such as 203.0.113.7/32',
          }),
        ),
        'auto',
      ),
      publicKey: v.optional(
        v.pipe(
          text(PUBLIC_KEY_PATH),
          says({
            description:
              'The SSH public key that the nodes accept; auto is ~/.ssh/id_ed25519.pub, else ~/.ssh/id_rsa.pub, else a new one',
            allowed: 'auto or the path of a public key file (not the key itself)',
            path: true,
          }),
        ),
        'auto',
      ),
      sshUser: v.optional(
        v.pipe(
          v.string(),
          v.regex(SSH_USER),
          says({
            description: "The user to log in to the nodes as; auto is the image's default user",
            allowed: 'auto or the name of a user',
          }),
        ),
        'auto',
      ),
      oauth: v.optional(
        v.pipe(
          v.boolean(),
          says({
            description: "Whether DC/OS requires a login through its vendor's OAuth service",
            allowed: 'true or false',
          }),
        ),
        false,
      ),
    }),
    {},
  ),
  auth: v.optional(
    v.strictObject({
      method: v.optional(
        v.pipe(
          v.picklist(['auto', 'password', 'token', 'service-account']),
          says({
            description:
              'How to log in, if the master requires it; auto uses whichever of the keys below is set',
            allowed: 'auto, password, token or service-account',
          }),
        ),
        'auto',
      ),
      username: v.optional(
        v.pipe(
          text(ANY),
          says({
            description: 'The user who logs in with a password, or the service account with a key',
            allowed: 'a user name',
          }),
        ),
      ),
      passwordFile: secretFile("A file with that user's password"),
      privateKeyFile: secretFile(
        'A file with the RSA private key of a service account, in PEM form; username is then its id',
      ),
      tokenFile: v.optional(
        v.pipe(
          v.union([v.picklist(['-']), text(ANY)]),
          says({
            description: 'A file with a DC/OS authentication token; - is standard input',
            allowed: 'the path of a file, or -',
            path: true,
          }),
        ),
      ),
      caCert: secretFile("The certificate authority of the master's HTTPS certificate, in PEM form"),
    }),
    {},
  ),
  template: v.optional(
    v.pipe(
      v.union([text(HTTPS), text(LOCAL_HTTP), text(S3), text(OFFICIAL), text(PATH)]),
      says({
        description: 'The CloudFormation template',
        allowed: 'a path, https://…, s3://bucket/key or official:<channel>/<master setup>',
        examples: ['stable', 'EarlyAccess', 'testing/master'].flatMap((channel) =>
          ['single-master', 'multi-master'].map((setup) => `official:${channel}/${setup}`),
        ),
        path: true,
      }),
    ),
    'templates/dcos.yaml',
  ),
  parameters: v.optional(
    v.pipe(
      v.record(
        v.pipe(
          text(PARAMETER_NAME),
          says({ description: "A parameter's name", allowed: 'letters and digits, at most 255' }),
        ),
        v.pipe(
          v.union([v.string(), v.number(), v.boolean()]),
          says({
            description: 'The value, passed on as written',
            allowed: 'a text, a number, true or false (a list is written as one text with commas)',
          }),
          v.transform(String),
        ),
      ),
      says({
        description: 'Other template parameters, by name',
        allowed: 'a parameter of the template and its value',
      }),
    ),
    {},
  ),
  cli: v.optional(
    v.strictObject({
      url: v.optional(
        v.pipe(
          v.union([
            v.picklist(['auto', 'pypi:dcoscli==0.6.1', 'built-in']),
            text(WEB),
            text(FILE_URL),
            text(CLI_PATH),
          ]),
          says({
            description:
              'Where the dcos CLI comes from: PyPI, a binary for this machine, or our built-in client; auto is PyPI, or the built-in client if that fails',
            allowed: 'auto, pypi:dcoscli==0.6.1, built-in, a path, file:///… or https://…',
            path: true,
          }),
        ),
        'auto',
      ),
      sha256,
      plugins: v.optional(
        v.pipe(
          v.array(plugin),
          says({
            description: 'Plugins of the dcos CLI to install, such as dcos-core-cli',
            allowed: 'a list of { url: …, sha256: … }',
          }),
        ),
        [],
      ),
    }),
    {},
  ),
  aws: v.optional(
    v.strictObject({
      profile: v.optional(
        v.pipe(
          text(ANY),
          says({ description: 'The profile in ~/.aws to use', allowed: 'the name of a profile' }),
        ),
      ),
      endpoint: v.optional(
        v.pipe(
          text(WEB),
          v.url(),
          says({
            description: 'An AWS emulator to use instead of AWS (moto, ministack …)',
            allowed: 'http://… or https://…',
          }),
        ),
      ),
      roleArn: v.optional(
        v.pipe(
          text(ROLE_ARN),
          says({
            description: 'The role that CloudFormation assumes to create the resources',
            allowed: "a role's ARN, such as arn:aws:iam::123456789012:role/dcos",
          }),
        ),
      ),
      permissionsBoundary: v.optional(
        v.pipe(
          text(POLICY_ARN),
          says({
            description: "The permissions boundary of the nodes' roles, if your account requires one",
            allowed: "a policy's ARN, such as arn:aws:iam::123456789012:policy/boundary",
          }),
        ),
      ),
    }),
    {},
  ),
  rehearsal: v.optional(
    v.strictObject({
      speed: v.optional(
        v.pipe(
          v.number(),
          v.minValue(1),
          v.maxValue(10_000),
          says({
            description: 'How many times faster than real time a rehearsal runs',
            allowed: 'a number from 1 to 10000',
          }),
        ),
        100,
      ),
      seed: v.optional(
        v.pipe(
          wholeNumber(0, Number.MAX_SAFE_INTEGER),
          says({
            description: 'The random seed for durations and ids: the same seed gives the same rehearsal',
            allowed: 'a whole number from 0',
          }),
        ),
        1,
      ),
      signals: v.optional(
        v.pipe(
          v.picklist(['own', 'outside']),
          says({
            description:
              "Who sends the rehearsed nodes' signals: the nodes themselves, or a client of the API that `npx task rehearsal` serves",
            allowed: 'own or outside',
          }),
        ),
        'own',
      ),
      fail: v.optional(
        v.pipe(
          v.array(v.union([failingResource, failingCall])),
          says({
            description: 'Failures to rehearse',
            allowed: 'a list of { resource: …, reason: … } and { call: …, error: …, times: …, after: … }',
          }),
        ),
        [],
      ),
    }),
    {},
  ),
})

/** The whole config: every default filled in, every value valid. A key without a value is absent. */
export type Config = v.InferOutput<typeof schema>

/** The config when nothing is set. */
export const defaults: Config = v.parse(schema, {})
