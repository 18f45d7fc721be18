import { authorityOf } from './cluster/access/authority.ts'
import { knownToken } from './cluster/access/token.ts'
import type { CliConfigValue } from './cluster/cli.ts'
import type { Use } from './cluster/context.ts'
import { clusterHome } from './dcos/home.ts'
import type { Help } from './runner/help/text.ts'
import type { CommandTools } from './runner/taskfile.ts'

/** What `npx task help dcos` says. */
export const help: Help = {
  runs: 'runs the dcos CLI, attached to the cluster, with the arguments after --. If no CLI is installed, a built-in client supports node list, marathon app, cluster list and config show. npx dcos WORD… does the same',
  keys: ['cloud', 'region', 'cluster', 'auth', 'cli', 'aws'],
  exit: 'that of the CLI; 1 the cluster is not up; 2 the command line or the config is wrong',
  examples: ['dcos -- node list', 'dcos cluster.name=dcos-test -- marathon app list --json'],
}

/** Runs the dcos CLI in the cluster's private HOME, or the built-in client. */
export async function execute(
  use: Use & CommandTools,
  { cliConfig }: { cliConfig: CliConfigValue },
): Promise<number> {
  await use.cloud.reach(cliConfig.url, cliConfig.cli ? 'steady' : undefined)
  if (cliConfig.cli) {
    const { runCli } = await import('./dcos/command.ts')
    return runCli(cliConfig.cli, clusterHome(use.folders.cluster), use.words, {
      environment: use.environment,
      signal: use.signal,
    })
  }
  const { runClient } = await import('./dcos/client/client.ts')
  const token = await knownToken(use)
  const { signal, stderr, stdin, stdout, words } = use
  return runClient(words, {
    url: cliConfig.url,
    clusterName: use.config.cluster.name,
    version: cliConfig.version,
    caCert: authorityOf(use),
    patienceMs: use.cloud.patienceMs,
    stdin,
    stdout,
    stderr,
    signal,
    ...(token ? { token } : {}),
  })
}
