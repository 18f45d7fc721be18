import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Callback, Test } from 'uvu'
import type { Suite } from './suite.ts'

/** The folder of real things to test against (official templates, emulators made fit for them), where a checkout has it beside it. */
export const shared = path.resolve('../shared')

/**
 * Registers a test that needs more than npm: a tool, an emulator, a file that is not part of the project. It is left to
 * `npm run test:all`, and skipped there if `needs` (paths) are not there. A skipped test must be named in
 * `test/skipped.txt`: what is not tested is said, never silent.
 */
export function optional(suite: Test, needs: string[], name: string, body: Callback): void {
  const { more } = suite as Suite
  const missing = needs.filter((file) => !existsSync(file))
  if (missing.length === 0) {
    more(name, body)
    return
  }
  if (process.env.TEST_SET !== 'quick')
    console.log(`SKIP ${name} — needs ${missing.map((file) => path.basename(file)).join(', ')}`)
  more.skip(name, body)
}

/** Registers a test that takes too long for `npm test`: it is left to `npm run test:all`. */
export function slow(suite: Test, name: string, body: Callback): void {
  const { more } = suite as Suite
  more(name, body)
}
