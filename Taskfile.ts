import { task } from './tasks/runner/task.ts'
import { command, down, status, taskfile, up } from './tasks/runner/taskfile.ts'

// A task checks whether it is done, runs, and can be undone: see the file of its name in tasks/. In braces is what it
// needs; that arrives typed in the task's file.
const preflight = task('preflight', 'Look whether the cluster can come up', {}, () => import('./tasks/preflight.ts'))
const keypair = task('keypair', 'Import your SSH public key into EC2', { preflight }, () => import('./tasks/keypair.ts'))
const stack = task('stack', 'Create or update the CloudFormation stack', { preflight, keypair }, () => import('./tasks/stack.ts'))
const wait = task('wait', 'Wait until the stack and DC/OS are up', { stack }, () => import('./tasks/wait.ts'))
const cliInstall = task('cli-install', 'Install the dcos CLI', {}, () => import('./tasks/cli-install.ts'))
const cliConfig = task('cli-config', 'Point the dcos CLI at the cluster', { wait, cliInstall }, () => import('./tasks/cli-config.ts'))

// For a Taskfile of another project that adds to this one (index.ts).
export { cliConfig, cliInstall, keypair, preflight, stack, wait }

// What can be called, as `npx task` lists it. A text on its own is the heading of what follows.
export default taskfile(
  () => import('./tasks/cluster/session.ts'),
  () => import('./tasks/cluster/advice.ts'),
  [
    'The cluster',
    up('bootstrap', 'Bring the cluster up', cliConfig, () => import('./tasks/bootstrap.ts')),
    down('destroy', 'Take the cluster down, and everything it made', cliConfig, () => import('./tasks/destroy.ts')),
    status('status', 'Show what is done, what is not, and why', cliConfig, () => import('./tasks/status.ts')),

    'Work with it',
    command('dcos [-- WORD…]', "The cluster's command line: dcos -- marathon app list", () => import('./tasks/dcos.ts'), {
      requires: { cliConfig },
      child: true,
    }),
    command('nodes', 'List the nodes: address, state, load', () => import('./tasks/nodes.ts'), { takes: ['json'] }),
    command(
      'ssh [master | leader | agent N | public N | ADDRESS] [-- COMMAND…]',
      'Log in to a node, or run a command there',
      () => import('./tasks/ssh.ts'),
      { child: true, takes: ['dryRun'] },
    ),
    command('logs [NODE] [UNIT]', "Show a node's journal, or a unit's; -f follows it", () => import('./tasks/logs.ts'), {
      child: true,
      takes: ['force'],
    }),
    command('deploy FILE…', 'Run applications on the cluster: deploy app.json', () => import('./tasks/deploy.ts'), {
      requires: { wait },
      kept: true,
      takes: ['undo', 'dryRun', 'json'],
    }),
    // After Ctrl-C smoke still removes what it has made.
    command('smoke', 'Run a tiny application on the cluster, and remove it again', () => import('./tasks/smoke.ts'), {
      requires: { wait },
      kept: true,
      child: true,
      takes: ['json'],
    }),
    command('dashboard', "Open the cluster's dashboard in the browser", () => import('./tasks/dashboard.ts'), {
      requires: { wait },
      takes: ['json'],
    }),
    command('env', 'Print the environment of the cluster, for a shell to eval', () => import('./tasks/env.ts'), {
      requires: { cliConfig },
      takes: ['json'],
    }),
    command('roll agents | masters', 'Replace nodes one at a time', () => import('./tasks/roll.ts'), {
      kept: true,
      takes: ['force', 'dryRun', 'json'],
    }),

    'Before it, and beside it',
    command('init [FILE]', 'Write a config: five questions, each with a default', () => import('./tasks/init.ts'), {
      unopened: true,
      takes: ['dryRun', 'json'],
    }),
    command('doctor', 'Check whether a cluster can be created', () => import('./tasks/doctor.ts'), { takes: ['json'] }),
    command('clusters [all | REGION…]', 'List every cluster in the region, or in those named', () => import('./tasks/clusters.ts'), {
      takes: ['json'],
    }),

    'What happened, and why',
    command('runs [show ID]', 'List the last runs, or tell one', () => import('./tasks/runs.ts'), {
      unopened: true,
      takes: ['json'],
    }),
    command('timeline [ID] [FILE.html]', 'Draw the last run, or another, as a page for the browser', () => import('./tasks/timeline.ts'), {
      unopened: true,
      takes: ['force', 'json'],
    }),
    command('why TASK', 'Say why a task would run, or why not: why stack', () => import('./tasks/why.ts'), { takes: ['json'] }),
    command('graph [template | FILE.svg]', 'Draw the tasks as they stand, or the template', () => import('./tasks/graph.ts'), {
      takes: ['force'],
    }),

    'Steps of bootstrap',
    preflight,
    keypair,
    stack,
    wait,
    cliInstall,
    cliConfig,

    'Seldom needed',
    command('show-template', 'Print the CloudFormation template', () => import('./tasks/show-template.ts'), { verbatim: true }),
    command('iam-policy', 'Print the IAM policy that this takes on AWS', () => import('./tasks/iam-policy.ts'), { takes: ['json'] }),
    command('rehearsal [PORT]', 'Serve the rehearsed AWS to other clients', () => import('./tasks/rehearsal.ts'), { takes: ['json'] }),
    command('completion bash | zsh | fish', 'Print the script with which a shell completes this', () => import('./tasks/completion.ts'), {
      unopened: true,
      verbatim: true,
    }),
    command('clean', 'Delete caches and downloads', () => import('./tasks/clean.ts'), { asTask: true, alone: true }),
  ],
  () => import('./tasks/cluster/vocabulary.ts'),
)
