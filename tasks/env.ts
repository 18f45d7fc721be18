import path from 'node:path'
import { jsonText } from './base/terminal-text.ts'
import type { CliConfigValue } from './cluster/cli.ts'
import type { Use } from './cluster/context.ts'
import { clusterHome } from './dcos/home.ts'
import type { Help } from './runner/help/text.ts'
import type { CommandTools } from './runner/taskfile.ts'

/** What `npx task help env` says. */
export const help: Help = {
  runs: 'prints sh export lines that point the dcos CLI and AWS tools at this cluster; they contain no token',
  keys: ['cloud', 'region', 'cluster', 'auth', 'cli', 'aws'],
  examples: ['env', 'env cluster.name=dcos-test'],
}

/**
 * Prints lines for `eval "$(npx task env)"`: then `dcos` is the cluster's CLI, and AWS tools use its region. They contain no
 * token: the CLI reads it from the cluster's folder.
 */
export async function execute(
  use: Use & CommandTools,
  { cliConfig }: { cliConfig: CliConfigValue },
): Promise<number> {
  const { aws, cluster } = use.config
  const variables = [
    ['DCOS_DIR', path.join(clusterHome(use.folders.cluster), '.dcos')],
    ['DCOS_CLUSTER', cliConfig.clusterId],
    ['AWS_REGION', use.aws.region],
    ...(aws.profile ? [['AWS_PROFILE', aws.profile]] : []),
    ...(aws.endpoint ? [['AWS_ENDPOINT_URL', aws.endpoint]] : []),
  ]
  if (use.json) {
    use.stdout.write(
      `${jsonText({ environment: Object.fromEntries(variables), cli: cliConfig.cli ?? null }, 2)}\n`,
    )
    return 0
  }
  const lines = variables.map(([name, value]) => `export ${name}=${quote(value!)}`)
  const program = cliConfig.cli
    ? [`export PATH=${quote(path.dirname(cliConfig.cli))}:"$PATH"`]
    : ['# no dcos CLI is installed: npx task dcos -- WORD… runs the built-in client']
  const served = use.cloud.onThisMachine
    ? ['# a rehearsed cluster answers while npx task dashboard, or another command of it, serves it']
    : []
  use.stdout.write(
    `# for cluster ${cluster.name}: eval "$(npx task env)"\n${[...served, ...lines, ...program].join('\n')}\n`,
  )
  return 0
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
