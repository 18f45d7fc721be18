import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Callback, Test } from 'uvu'

/** The folder of real things to test against (official templates, the real dcos CLI), where a checkout has it beside it. */
export const shared = path.resolve('../shared')

/**
 * Registers a test, or skips it aloud when `needs` (paths) are not there. A skipped test must be named in
 * `test/skipped.txt`: what is not tested here is said, never silent.
 */
export function optional(suite: Test, needs: string[], name: string, body: Callback): void {
  const missing = needs.filter((file) => !existsSync(file))
  if (missing.length === 0) {
    suite(name, body)
    return
  }
  console.log(`SKIP ${name} — needs ${missing.map((file) => path.basename(file)).join(', ')}`)
  suite.skip(name, body)
}
