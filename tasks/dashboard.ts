import { realClock } from './base/clock.ts'
import { jsonText } from './base/terminal-text.ts'
import type { Use } from './cluster/context.ts'
import type { WaitValue } from './cluster/health.ts'
import type { Help } from './runner/help/text.ts'
import type { CommandTools } from './runner/taskfile.ts'

/** What `npx task help dashboard` says. */
export const help: Help = {
  runs: "prints the cluster's address and opens it in the browser, if there is one. A rehearsed dashboard is served until Ctrl-C",
  keys: ['cloud', 'region', 'cluster', 'auth', 'aws'],
  options: { json: 'the address as JSON' },
  examples: ['dashboard', 'dashboard --json'],
}

/** How long to wait for the opener, in milliseconds: it exits soon, or becomes the browser itself. */
const OPENER_DEADLINE = 3_000
const A_DAY = 24 * 3_600_000

/** Prints the cluster's address and opens it in the browser; in a rehearsal it then serves the master until Ctrl-C. */
export async function execute(use: Use & CommandTools, { wait }: { wait: WaitValue }): Promise<number> {
  const { cloud, json, signal, stderr, stdout } = use
  stdout.write(json ? `${jsonText({ url: wait.url })}\n` : `${wait.url}\n`)
  await cloud.reach(wait.url)
  const opener = stdout.isTTY ? openerFor(process.platform, use.environment) : undefined
  const opening = opener && openWith(opener, wait.url, use)
  if (cloud.onThisMachine) {
    stderr.write('rehearsed: the dashboard is served while this command runs; Ctrl-C stops it\n')
    while (!signal.aborted) await realClock.sleep(A_DAY, signal).catch(() => undefined)
  } else if (opening) {
    const over = new AbortController()
    const late = realClock.sleep(OPENER_DEADLINE, AbortSignal.any([signal, over.signal]))
    await Promise.race([opening, late.catch(() => undefined)])
    over.abort()
  }
  return 0
}

/** The program that opens an address in the user's browser; undefined without a display. */
export function openerFor(
  platform: NodeJS.Platform,
  environment: Record<string, string | undefined>,
): string | undefined {
  if (platform === 'darwin') return 'open'
  return environment.DISPLAY || environment.WAYLAND_DISPLAY ? 'xdg-open' : undefined
}

/** Reports it if the browser could not be opened. */
async function openWith(opener: string, url: string, use: Use & CommandTools): Promise<void> {
  const { startChild } = await import('./base/child.ts')
  // It may become the browser, which must outlive this command.
  const { exitCode } = await startChild(opener, [url], {
    environment: use.environment,
    stdio: 'ignore',
    detached: true,
  })
  if (exitCode !== 0)
    use.stderr.write(`${opener} exited with status ${exitCode}; open the address yourself\n`)
}
