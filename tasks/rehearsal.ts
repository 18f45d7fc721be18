import { describeStacks } from './aws/stack/stack.ts'
import { Failure } from './base/failure.ts'
import { jsonText } from './base/terminal-text.ts'
import type { Use } from './cluster/context.ts'
import { masterUrl } from './cluster/plan/stack-plan.ts'
import type { Help } from './runner/help/text.ts'
import type { CommandTools } from './runner/taskfile.ts'

/** What `npx task help rehearsal` says. */
export const help: Help = {
  runs: 'prints the endpoint of the rehearsed AWS for any AWS client, and serves it and the rehearsed clusters until Ctrl-C; without PORT on a free port',
  keys: ['region', 'rehearsal'],
  examples: ['rehearsal', 'rehearsal 5000'],
}

/** How often to check for new clusters, in milliseconds of real time. */
const LOOK_MS = 1_000

/** Serves the rehearsed cloud to other AWS clients, and its clusters to browsers, until Ctrl-C. */
export async function execute(use: Use & CommandTools): Promise<number> {
  const port = Number(use.words[0] ?? 0)
  if (use.words.length > 1 || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Failure('USAGE', {
      message: `rehearsal takes one port from 0 to 65535, not ${use.words.join(' ')}`,
      next: 'npx task rehearsal 5000',
    })
  }
  if (!use.cloud.listen) {
    throw new Failure('USAGE', {
      message: 'cloud=aws has no rehearsal to serve',
      next: 'npx task rehearsal cloud=rehearsal',
    })
  }
  const listening = await use.cloud.listen(port).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EADDRINUSE' || error.code === 'EACCES' ? notFree(port, error) : error
  })
  const { region } = use.aws
  use.stdout.write(
    use.json
      ? `${jsonText({ endpoint: listening.url, region })}\n`
      : `AWS endpoint ${listening.url}\n${howToUse(listening.url, region)}`,
  )
  const served = new Set<string>()
  while (!use.signal.aborted) {
    await serveClusters(use, served)
    await use.clock.sleep(LOOK_MS * use.config.rehearsal.speed, use.signal).catch(() => undefined)
  }
  await listening.close()
  return 0
}

/** Lines to paste into another shell; the rehearsal accepts any credentials, but clients require some. */
function howToUse(url: string, region: string): string {
  const variables = {
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: 'rehearsal',
    AWS_SECRET_ACCESS_KEY: 'rehearsal',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
  }
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${value}\n`)
  return `for other AWS clients, in another shell:\n${lines.join('')}Ctrl-C stops it; what was created is kept\n`
}

function notFree(port: number, error: NodeJS.ErrnoException): Failure {
  return new Failure(
    'USAGE',
    {
      message: `port ${port} cannot be used`,
      cause: error.code === 'EADDRINUSE' ? 'another program listens on it' : 'only root may use it',
      next: 'npx task rehearsal picks a free port; or choose another one',
    },
    error,
  )
}

/** Serves the masters of every cluster that is up in this region and not served yet. */
async function serveClusters(use: Use & CommandTools, served: Set<string>): Promise<void> {
  for (const { name, outputs } of await describeStacks(use.aws)) {
    const url = masterUrl(outputs)
    if (!url || served.has(url)) continue
    served.add(url)
    // Another program may be using the port: then that cluster is not served, but the others are.
    const reached = await use.cloud.reach(url).catch(() => undefined)
    if (reached)
      use.stdout.write(use.json ? `${jsonText({ cluster: name, url })}\n` : `cluster ${name} ${url}\n`)
  }
}
