import type { ChildProcess } from 'node:child_process'

const PATIENCE_MS = 20_000

/** A running command: its output so far, and how it ends. */
export class Live {
  stdout = ''
  stderr = ''
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; at: number }>
  private look = () => {}

  constructor(readonly child: ChildProcess) {
    child.stdout?.on('data', (chunk) => {
      this.stdout += chunk
      this.look()
    })
    child.stderr?.on('data', (chunk) => {
      this.stderr += chunk
      this.look()
    })
    this.ended = new Promise((resolve) => {
      child.on('close', (code, signal) => {
        resolve({ code, signal, at: performance.now() })
        this.look()
      })
    })
  }

  get text(): string {
    return this.stdout + this.stderr
  }

  /** Waits for a text in its output. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    const deadline = performance.now() + PATIENCE_MS
    for (;;) {
      const found = pattern.exec(this.text)
      if (found) return found
      if (this.child.exitCode !== null || performance.now() > deadline)
        throw new Error(`it never printed ${pattern}:\n${this.text.slice(-2_000)}`)
      await new Promise<void>((resolve) => {
        this.look = resolve
        setTimeout(resolve, 250)
      })
    }
  }

  /** Sends a signal, and returns how it ended and how long that took. */
  async end(
    signal: NodeJS.Signals,
  ): Promise<{ code: number | null; signal: NodeJS.Signals | null; ms: number }> {
    const sent = performance.now()
    this.child.kill(signal)
    const { at, ...how } = await this.ended
    return { ...how, ms: at - sent }
  }
}
