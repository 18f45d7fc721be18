import type { Use } from './context.ts'
import { Failure } from './runner/failure.ts'
import type { CommandTools } from './runner/taskfile.ts'

/** Holds the rehearsed cloud open for other AWS clients, and the cluster for browsers, until Ctrl-C. */
export async function execute(use: Use & CommandTools): Promise<number> {
  const port = Number(use.words[0] ?? 0)
  if (use.words.length > 1 || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Failure('USAGE', {
      message: `rehearsal takes one port from 0 to 65535, not ${use.words.join(' ')}`,
      next: 'npx task rehearsal 5000',
    })
  }
  if (!use.cloud.listen)
    throw new Failure('USAGE', {
      message: 'there is no rehearsal with cloud=aws',
      next: 'npx task rehearsal cloud=rehearsal',
    })
  const listening = await use.cloud.listen(port)
  use.stdout.write(`AWS endpoint ${listening.url}\n`)
  await new Promise<void>((resolve) => use.signal.addEventListener('abort', () => resolve(), { once: true }))
  await listening.close()
  return 0
}
