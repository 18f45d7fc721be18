import type { Help } from './runner/help/text.ts'

/** What `npx task help bootstrap` says. */
export const help: Help = {
  checks: 'each of its tasks checks whether it is done',
  runs: 'checks preflight, keypair, stack, wait, cli-install and cli-config, and runs those that are not done. The same command creates a new cluster, completes one that is half up, and applies a changed config after you confirm. On AWS what it creates costs money until destroy',
  undo: 'npx task destroy; npx task TASK --undo undoes a single task',
  keys: [
    'cloud',
    'region',
    'cluster',
    'agents',
    'installer',
    'image',
    'network',
    'tags',
    'access',
    'auth',
    'template',
    'parameters',
    'cli',
    'aws',
    'rehearsal',
  ],
  options: {
    'dry-run': 'check only, show what would be created or changed',
    yes: 'update a stack that differs from the config without asking',
  },
  examples: [
    'bootstrap',
    'bootstrap agents.private=10 cluster.name=dcos-test',
    'bootstrap cloud=aws region=eu-west-1 installer.from=dcos_generate_config.sh',
  ],
}
