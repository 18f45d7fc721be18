import type { Help } from './runner/help/text.ts'

/** What `npx task help bootstrap` says. */
export const help: Help = {
  checks: 'each task of it says whether it is done',
  runs: 'checks keypair, stack, wait, cli-install and cli-config, and runs those that are not done. So the same line is right for a new cluster, for one that is half up, and for a changed config, which is applied after a yes. On AWS it makes what costs money until destroy',
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
    'dry-run': 'check only, say what would be made or changed',
    yes: 'change a stack that differs from the config without a question',
  },
  examples: [
    'bootstrap',
    'bootstrap agents.private=10 cluster.name=dcos-test',
    'bootstrap cloud=aws region=eu-west-1 installer.from=dcos_generate_config.sh',
  ],
}
