import { authorityOf } from './cluster/access/authority.ts'
import { knownToken } from './cluster/access/token.ts'
import type { CliConfigValue } from './cluster/cli.ts'
import type { Use } from './cluster/context.ts'
import { clusterHome } from './dcos/home.ts'
import type { CommandTools } from './runner/taskfile.ts'

/** The cluster's command line: the dcos CLI in the cluster's private HOME, else the built-in client. */
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
