import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { onPath } from './measure.ts'

/** A cluster to be brought up and taken down. */
export interface Job {
  name: string
  endpoint: string
  /** The template's file. */
  template: string
  /** An OpenSSH public key's file. */
  publicKey: string
  /** For what has to be written down. */
  folder: string
}

export const steps = ['bootstrap', 'rerun', 'destroy', 'again'] as const
export type Step = (typeof steps)[number]

/** Somebody else who can do the same job. */
export interface Peer {
  name: string
  program: string
  /** The commands of a step, one after the other. What finds nothing to do may well end with another status than 0. */
  commands(step: Step, job: Job): string[][]
}

const REGION = 'eu-west-1'
const ADMIN = '203.0.113.7/32'

function aws({ endpoint }: Job, ...words: string[]): string[] {
  return ['aws', '--endpoint-url', endpoint, '--region', REGION, '--output', 'json', ...words]
}

const importKey = (job: Job) =>
  aws(
    job,
    'ec2',
    'import-key-pair',
    '--key-name',
    job.name,
    '--public-key-material',
    `fileb://${job.publicKey}`,
  )

/** What the stack leaves behind has to be known before it is gone, so it is asked for first. */
const takeDown = (job: Job) => [
  aws(job, 'cloudformation', 'describe-stack-resources', '--stack-name', job.name),
  aws(job, 'cloudformation', 'delete-stack', '--stack-name', job.name),
  aws(job, 'cloudformation', 'wait', 'stack-delete-complete', '--stack-name', job.name),
  aws(job, 'ec2', 'delete-key-pair', '--key-name', job.name),
]

const stackWords = (job: Job) => [
  ...[
    '--stack-name',
    job.name,
    '--template-body',
    `file://${job.template}`,
    '--capabilities',
    'CAPABILITY_IAM',
  ],
  '--parameters',
  `ParameterKey=KeyName,ParameterValue=${job.name}`,
  `ParameterKey=AdminLocation,ParameterValue=${ADMIN}`,
]

const awsStack: Peer = {
  name: 'aws create-stack + wait',
  program: 'aws',
  commands: (step, job) => {
    const look = aws(job, 'cloudformation', 'describe-stacks', '--stack-name', job.name)
    if (step === 'bootstrap') {
      return [
        importKey(job),
        aws(job, 'cloudformation', 'create-stack', ...stackWords(job)),
        aws(job, 'cloudformation', 'wait', 'stack-create-complete', '--stack-name', job.name),
        look,
      ]
    }
    if (step === 'rerun')
      return [importKey(job), aws(job, 'cloudformation', 'update-stack', ...stackWords(job)), look]
    return takeDown(job)
  },
}

const awsDeploy: Peer = {
  name: 'aws deploy',
  program: 'aws',
  commands: (step, job) => {
    if (step === 'destroy' || step === 'again') return takeDown(job)
    const deploy = aws(
      job,
      'cloudformation',
      'deploy',
      ...['--stack-name', job.name, '--template-file', job.template, '--capabilities', 'CAPABILITY_IAM'],
      '--no-fail-on-empty-changeset',
      ...['--parameter-overrides', `KeyName=${job.name}`, `AdminLocation=${ADMIN}`],
    )
    return [importKey(job), deploy, aws(job, 'cloudformation', 'describe-stacks', '--stack-name', job.name)]
  },
}

const ansible: Peer = {
  name: 'Ansible',
  program: 'ansible-playbook',
  commands: (step, job) => {
    const state = step === 'destroy' || step === 'again' ? 'absent' : 'present'
    return [['ansible-playbook', '-i', 'localhost,', '-c', 'local', playbook(job, state)]]
  },
}

/** JSON is YAML. */
function playbook(job: Job, state: 'present' | 'absent'): string {
  const common = { region: REGION, endpoint_url: job.endpoint, state }
  const key = {
    name: 'key pair',
    'amazon.aws.ec2_key': { ...common, name: job.name, key_material: readFileSync(job.publicKey, 'utf8') },
  }
  const stack = {
    name: 'stack',
    'amazon.aws.cloudformation': {
      ...common,
      stack_name: job.name,
      template: job.template,
      template_parameters: { KeyName: job.name, AdminLocation: ADMIN },
    },
  }
  const play = {
    hosts: 'localhost',
    gather_facts: false,
    vars: { ansible_python_interpreter: '{{ ansible_playbook_python }}' },
    tasks: state === 'present' ? [key, stack] : [stack, key],
  }
  const file = path.join(job.folder, `${job.name}-${state}.yml`)
  writeFileSync(file, JSON.stringify([play]))
  return file
}

const known = [awsStack, awsDeploy, ansible]

export const peers = known.filter(({ program }) => onPath(program))
export const missing = [...new Set(known.map(({ program }) => program))].filter((program) => !onPath(program))
