import { task } from './tasks/runner/task.ts'
import { command, down, status, taskfile, up } from './tasks/runner/taskfile.ts'

// A task checks whether it is done, runs, and can be undone: see the file of its name in tasks/. The third column is
// what it needs; it arrives typed in the task's file.
const keypair = task('keypair', 'Import your SSH public key into EC2', {}, () => import('./tasks/keypair.ts'))
const stack = task(
  'stack',
  'Create or update the CloudFormation stack',
  { keypair },
  () => import('./tasks/stack.ts'),
)
const wait = task('wait', 'Wait until the stack and DC/OS are up', { stack }, () => import('./tasks/wait.ts'))
const cliInstall = task('cli-install', 'Install the dcos CLI', {}, () => import('./tasks/cli-install.ts'))
const cliConfig = task(
  'cli-config',
  'Point the dcos CLI at the cluster',
  { wait, cliInstall },
  () => import('./tasks/cli-config.ts'),
)

export default taskfile(
  () => import('./tasks/cluster/session.ts'),
  () => import('./tasks/cluster/advice.ts'),
  [
    up('bootstrap', 'Bring the cluster up', cliConfig),
    down(
      'destroy',
      'Take the cluster down, and everything it made',
      cliConfig,
      () => import('./tasks/destroy.ts'),
    ),
    status('status', 'Show what is done, what is not, and why', cliConfig),
    keypair,
    stack,
    wait,
    cliInstall,
    cliConfig,
    command(
      'dcos',
      "The cluster's command line: dcos -- marathon app list",
      { cliConfig },
      { words: '[-- WORD…]', passThrough: true, child: true },
      () => import('./tasks/dcos.ts'),
    ),
    command(
      'nodes',
      'List the nodes: address, state, load',
      {},
      { passThrough: true },
      () => import('./tasks/nodes.ts'),
    ),
    command(
      'ssh',
      'Log in to a node, or run a command there',
      {},
      {
        words: '[master | leader | agent N | public N | ADDRESS] [-- COMMAND…]',
        passThrough: true,
        child: true,
        takes: ['dryRun'],
      },
      () => import('./tasks/ssh.ts'),
    ),
    command(
      'logs',
      "Show a node's journal, or a unit's; -f follows it",
      {},
      { words: '[NODE] [UNIT]', passThrough: true, child: true, takes: ['force'] },
      () => import('./tasks/logs.ts'),
    ),
    command(
      'deploy',
      'Run applications on the cluster: deploy app.json',
      { wait },
      { words: 'FILE…', passThrough: true, takes: ['undo', 'dryRun'] },
      () => import('./tasks/deploy.ts'),
    ),
    command(
      'smoke',
      'Run a tiny application on the cluster, and remove it again',
      { wait },
      // After Ctrl-C it still removes what it has made.
      { passThrough: true, child: true },
      () => import('./tasks/smoke.ts'),
    ),
    command(
      'env',
      'Print the environment of the cluster, for a shell to eval',
      { cliConfig },
      { passThrough: true },
      () => import('./tasks/env.ts'),
    ),
    command(
      'roll',
      'Replace nodes one at a time: roll agents, roll masters',
      {},
      { words: 'agents | masters', passThrough: true, takes: ['force', 'dryRun'] },
      () => import('./tasks/roll.ts'),
    ),
    command(
      'dashboard',
      "Open the cluster's dashboard in the browser",
      { wait },
      { passThrough: true },
      () => import('./tasks/dashboard.ts'),
    ),
    command(
      'doctor',
      'Check whether a cluster can be created',
      {},
      { passThrough: true },
      () => import('./tasks/doctor.ts'),
    ),
    command(
      'clusters',
      'List every cluster in the region, or in those named',
      {},
      { words: '[all | REGION…]', passThrough: true },
      () => import('./tasks/clusters.ts'),
    ),
    command(
      'show-template',
      'Print the CloudFormation template',
      {},
      { passThrough: true, verbatim: true },
      () => import('./tasks/show-template.ts'),
    ),
    command(
      'graph',
      'Draw the CloudFormation template in Mermaid: graph template',
      {},
      { words: 'template', passThrough: true },
      () => import('./tasks/graph.ts'),
    ),
    command(
      'iam-policy',
      'Print the IAM policy that this takes on AWS',
      {},
      { passThrough: true },
      () => import('./tasks/iam-policy.ts'),
    ),
    command(
      'rehearsal',
      'Serve the rehearsed AWS to other clients',
      {},
      { words: '[PORT]', passThrough: true },
      () => import('./tasks/rehearsal.ts'),
    ),
    command('clean', 'Delete caches and downloads', {}, { alone: true }, () => import('./tasks/clean.ts')),
  ],
)
