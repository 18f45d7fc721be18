import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Readable, Writable } from 'node:stream'

/** The path of chromium, or its bare name if it is not installed. */
export const chromium =
  (process.env.PATH ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, 'chromium'))
    .find((file) => existsSync(file)) ?? 'chromium'

const PATIENCE_MS = 60_000

// biome-ignore lint/suspicious/noExplicitAny: the protocol's responses are checked field by field.
type Answer = any

/** A headless browser, controlled by the DevTools protocol over two pipes: JSON texts, each terminated by a NUL. */
export class Browser {
  readonly #profile = mkdtempSync(path.join(tmpdir(), 'dcos-bootstrap-chromium-'))
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>()
  /** Events since the page was opened: each request, console message and error. */
  readonly events: { method: string; params: Answer }[] = []
  #last = 0
  #session: string | undefined

  private constructor() {
    const flags = [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--hide-scrollbars',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--disable-background-networking',
      '--remote-debugging-pipe',
      `--user-data-dir=${this.#profile}`,
    ]
    this.#child = spawn(chromium, flags, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] })
    let text = ''
    const answers = this.#child.stdio[4] as Readable
    answers.setEncoding('utf8').on('data', (chunk: string) => {
      const messages = (text + chunk).split('\0')
      text = messages.pop()!
      for (const message of messages) this.#take(JSON.parse(message))
    })
    this.#child.on('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('chromium has ended'))
    })
  }

  /** Opens a page in a window of the given size. */
  static async open(url: string, width: number, height: number, dark = false): Promise<Browser> {
    const browser = new Browser()
    const { targetId } = await browser.say('Target.createTarget', { url: 'about:blank' })
    const { sessionId } = await browser.say('Target.attachToTarget', { targetId, flatten: true })
    browser.#session = sessionId
    for (const domain of ['Page', 'Network', 'Runtime', 'Log']) await browser.say(`${domain}.enable`)
    await browser.say('Emulation.setDeviceMetricsOverride', {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: false,
    })
    const features = [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }]
    await browser.say('Emulation.setEmulatedMedia', { features })
    await browser.say('Page.navigate', { url })
    while (!(await browser.evaluate(`location.href !== 'about:blank' && document.readyState === 'complete'`)))
      await new Promise((resolve) => setTimeout(resolve, 50))
    return browser
  }

  /** Evaluates a JavaScript expression in the page. */
  async evaluate(expression: string): Promise<Answer> {
    const { exceptionDetails, result } = await this.say('Runtime.evaluate', {
      expression,
      returnByValue: true,
    })
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    return result.value
  }

  /** A screenshot of the whole page, as PNG. */
  async picture(): Promise<Buffer> {
    const { data } = await this.say('Page.captureScreenshot', { captureBeyondViewport: true, format: 'png' })
    return Buffer.from(data, 'base64')
  }

  say(method: string, params: object = {}): Promise<Answer> {
    const id = ++this.#last
    const message = { id, method, params, ...(this.#session && { sessionId: this.#session }) }
    const answer = new Promise<Answer>((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
    ;(this.#child.stdio[3] as Writable).write(`${JSON.stringify(message)}\0`)
    const late = setTimeout(
      () => this.#waiting.get(id)?.reject(new Error(`${method}: no response`)),
      PATIENCE_MS,
    )
    return answer.finally(() => clearTimeout(late))
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGKILL')
    await ended
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 10 })
  }

  #take(message: Answer): void {
    if (message.method) this.events.push(message)
    const waiting = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    if (message.error) waiting?.reject(new Error(message.error.message))
    else waiting?.resolve(message.result)
  }
}
