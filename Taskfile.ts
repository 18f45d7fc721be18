import { task } from './tasks/runner/task.ts'
import { command, down, status, taskfile, up } from './tasks/runner/taskfile.ts'

// A task can check whether it is done, run, and undo itself: see its file in tasks/. Its dependencies are in braces; their
// values arrive typed in the task's file.
const preflight = task('preflight', 'Check whether the cluster can be created', {}, () => import('./tasks/preflight.ts'))
const keypair = task('keypair', 'Import your SSH public key into EC2', { preflight }, () => import('./tasks/keypair.ts'))
const stack = task('stack', 'Create or update the CloudFormation stack', { preflight, keypair }, () => import('./tasks/stack.ts'))
const wait = task('wait', 'Wait until the stack and DC/OS are up', { stack }, () => import('./tasks/wait.ts'))
const cliInstall = task('cli-install', 'Install the dcos CLI', {}, () => import('./tasks/cli-install.ts'))
const cliConfig = task('cli-config', 'Point the dcos CLI at the cluster', { wait, cliInstall }, () => import('./tasks/cli-config.ts'))

// For another project's Taskfile that extends this one (index.ts).
export { cliConfig, cliInstall, keypair, preflight, stack, wait }

// What `npx task` lists. A bare string is the heading of the entries after it.
export default taskfile(
  () => import('./tasks/cluster/session.ts'),
  () => import('./tasks/cluster/advice.ts'),
  [
    'The cluster',
    up('bootstrap', 'Bring the cluster up', cliConfig, () => import('./tasks/bootstrap.ts')),
    down('destroy', 'Delete the cluster and everything it created', cliConfig, () => import('./tasks/destroy.ts')),
    status('status', 'Show what is done, what is not, and why', cliConfig, () => import('./tasks/status.ts')),

    'Use the cluster',
    command('dcos [-- WORD…]', 'Run the dcos CLI: dcos -- marathon app list', () => import('./tasks/dcos.ts'), {
      requires: { cliConfig },
      child: true,
    }),
    command('nodes', 'List the nodes: address, state, load', () => import('./tasks/nodes.ts'), { takes: ['json'] }),
    command(
      'ssh [master | leader | agent N | public N | bootstrap | ADDRESS] [-- COMMAND…]',
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
    // After Ctrl-C, smoke still removes what it created.
    command('smoke', 'Run a small test application, then remove it', () => import('./tasks/smoke.ts'), {
      requires: { wait },
      kept: true,
      child: true,
      takes: ['json'],
    }),
    command('dashboard', "Open the cluster's dashboard in the browser", () => import('./tasks/dashboard.ts'), {
      requires: { wait },
      takes: ['json'],
    }),
    command('env', "Print the cluster's variables, for a shell to eval", () => import('./tasks/env.ts'), {
      requires: { cliConfig },
      takes: ['json'],
    }),
    command('roll agents | masters', 'Replace nodes one at a time', () => import('./tasks/roll.ts'), {
      kept: true,
      takes: ['force', 'dryRun', 'json'],
    }),

    'Set up and look around',
    command('init [FILE]', 'Write a config: five questions, each with a default', () => import('./tasks/init.ts'), {
      unopened: true,
      takes: ['dryRun', 'json'],
    }),
    command('doctor', 'Check credentials, quotas, images, network and tools', () => import('./tasks/doctor.ts'), { takes: ['json'] }),
    command('clusters [all | REGION…]', 'List the clusters in the region, or in the ones named', () => import('./tasks/clusters.ts'), {
      takes: ['json'],
    }),

    'Runs and explanations',
    command('runs [show ID]', 'List recent runs, or show one', () => import('./tasks/runs.ts'), {
      unopened: true,
      takes: ['json'],
    }),
    command('timeline [ID] [FILE.html]', 'Draw the last run, or another one, as an HTML page', () => import('./tasks/timeline.ts'), {
      unopened: true,
      takes: ['force', 'json'],
    }),
    command('why TASK', 'Explain why a task would run, or would not: why stack', () => import('./tasks/why.ts'), { takes: ['json'] }),
    command('graph [template | FILE.svg]', 'Draw the tasks and their state, or the template', () => import('./tasks/graph.ts'), {
      takes: ['force'],
    }),

    'Steps of bootstrap',
    preflight,
    keypair,
    stack,
    wait,
    cliInstall,
    cliConfig,

    'Rarely needed',
    command('show-template', 'Print the CloudFormation template', () => import('./tasks/show-template.ts'), { verbatim: true }),
    command('iam-policy', 'Print the IAM policy needed on AWS', () => import('./tasks/iam-policy.ts'), { takes: ['json'] }),
    command('rehearsal [PORT]', 'Serve the rehearsed AWS to other clients', () => import('./tasks/rehearsal.ts'), { takes: ['json'] }),
    command('completion bash | zsh | fish', 'Print a shell completion script', () => import('./tasks/completion.ts'), {
      unopened: true,
      verbatim: true,
    }),
    command('clean', 'Delete caches and downloads', () => import('./tasks/clean.ts'), { asTask: true, alone: true }),
  ],
  () => import('./tasks/cluster/vocabulary.ts'),
)
