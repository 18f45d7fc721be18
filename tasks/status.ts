import type { Help } from './runner/help/text.ts'

/** What `npx task help status` says. */
export const help: Help = {
  checks: 'keypair, stack, wait, cli-install and cli-config',
  runs: 'shows for each task whether it is done, or why not; changes nothing',
  keys: ['cloud', 'region', 'cluster', 'agents', 'access', 'auth', 'cli', 'aws', 'rehearsal'],
  options: {
    json: 'one JSON document: the cluster, its address, and each task',
    verbose: 'also show where each config value comes from',
  },
  examples: ['status', 'status --json cluster.name=dcos-test'],
}
