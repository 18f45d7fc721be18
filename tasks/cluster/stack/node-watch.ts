import path from 'node:path'
import type { StackEvent } from '../../aws/stack/events.ts'
import { Failure } from '../../base/failure.ts'
import { makePrivateFolder, writeAtomically } from '../../base/file.ts'
import { printable } from '../../base/terminal-text.ts'
import type { Use } from '../context.ts'

const GROUP = 'AWS::AutoScaling::AutoScalingGroup'
/** When a group is first queried after it began, then less and less often: failed launches show in the first minute. */
const FIRST_ASK_MS = 15_000
const SLOWEST_ASK_MS = 120_000
/** The number of consoles read of nodes that never signalled. */
const CONSOLES = 3
/** The number of a console's last lines that are shown. */
const LINES = 8

interface Watched {
  /** The group's name. */
  name: string
  logicalId: string
  nextAsk: number
  pause: number
}

/**
 * Watches what CloudFormation does not report: failed launches of groups that wait for signals, and the consoles of failed nodes, before a rollback
 * terminates them. Each needs a read permission; without it that is said once. Never a reason to fail.
 */
export class NodeWatch {
  readonly #groups = new Map<string, Watched>()
  readonly #said = new Set<string>()
  readonly #signalled = new Set<string>()
  readonly #asking = new Set<Promise<void>>()
  #reason: string | undefined

  constructor(private readonly use: Use) {}

  /** To be called after each poll of the stack's events. Queries in the background. */
  look(events: readonly StackEvent[]): void {
    for (const event of events) this.#read(event)
    const now = this.use.clock.now()
    for (const group of this.#groups.values()) {
      if (now < group.nextAsk) continue
      group.nextAsk = now + group.pause
      group.pause = Math.min(group.pause * 2, SLOWEST_ASK_MS)
      this.#inBackground('the Auto Scaling activities', () => this.#askGroup(group))
    }
  }

  /** Resolves when the open queries have ended. */
  async end(): Promise<void> {
    this.#groups.clear()
    await Promise.all(this.#asking)
  }

  /** The reason that the first failed node gives; undefined if none does. To be called after `end`. */
  get reason(): string | undefined {
    return this.#reason
  }

  #read({ logicalId, physicalId, reason, status, type }: StackEvent): void {
    const signal = /^Received (SUCCESS|FAILURE) signal with UniqueId (\S+)/.exec(reason)
    if (signal) {
      const [, how, node = ''] = signal
      this.#signalled.add(node)
      if (how === 'FAILURE' && node.startsWith('i-'))
        this.#inBackground('the console of a node', () => this.#keepConsole(logicalId, node))
    }
    if (type !== GROUP || physicalId === '') return
    if (status === 'CREATE_IN_PROGRESS' || status === 'UPDATE_IN_PROGRESS') {
      if (this.#groups.has(logicalId)) return
      const nextAsk = this.use.clock.now() + FIRST_ASK_MS
      this.#groups.set(logicalId, { name: physicalId, logicalId, nextAsk, pause: FIRST_ASK_MS * 2 })
      return
    }
    const group = this.#groups.get(logicalId)
    this.#groups.delete(logicalId)
    if (group && /_FAILED$/.test(status) && /signal/i.test(reason))
      this.#inBackground('the consoles of nodes', () => this.#keepSilent(group))
  }

  async #askGroup({ logicalId, name }: Watched): Promise<void> {
    const { failedActivities } = await import('../../aws/scaling.ts')
    const { advise } = await import('../../aws/stack/catalogue.ts')
    for (const { reason } of await failedActivities(this.use.aws, name)) {
      const { advice } = advise({
        reason,
        type: GROUP,
        logicalId,
        physicalId: name,
        region: this.use.aws.region,
        during: 'create',
        again: 'npx task bootstrap',
        signals: { received: undefined, expected: undefined, failed: [] },
        givenUp: [],
        denied: undefined,
      })
      this.#say(`${logicalId} cannot launch all of its instances: ${reason}\n  next: ${advice}`, reason)
    }
  }

  /** Keeps the consoles of a group's instances that have not signalled. */
  async #keepSilent({ logicalId, name }: Watched): Promise<void> {
    const { instancesOf } = await import('../../aws/instances.ts')
    const instances = await instancesOf(this.use.aws, [name])
    const silent = instances.filter(({ id }) => !this.#signalled.has(id))
    for (const { id } of silent.slice(0, CONSOLES)) await this.#keepConsole(logicalId, id)
  }

  async #keepConsole(logicalId: string, node: string): Promise<void> {
    const { consoleOutput } = await import('../../aws/console.ts')
    const text = await consoleOutput(this.use.aws, node)
    if (text.trim() === '') return
    const reason = reasonIn(text)
    if (reason) this.#reason ??= `${node} of ${logicalId} could not ${reason}`
    const { cluster, root } = this.use.folders
    const file = path.join(cluster, 'consoles', `${node}.txt`)
    await makePrivateFolder(path.dirname(file))
    await writeAtomically(file, text, { mode: 0o600 })
    const last = tellingLines(text).map((line) => `  ${line}`)
    this.#say(`${logicalId} ${node} last printed (${path.relative(root, file)}):\n${last.join('\n')}`, node)
  }

  #say(text: string, key: string): void {
    if (this.#said.has(key)) return
    this.#said.add(key)
    this.use.log(text)
  }

  #inBackground(what: string, asking: () => Promise<void>): void {
    const done = asking()
      .catch((error: Error) => {
        // This is only additional information: no error here may end the run.
        if (error instanceof Failure && error.code === 'ACCESS_DENIED')
          this.#say(`could not read ${what}: ${error.message}`, what)
      })
      .finally(() => this.#asking.delete(done))
    this.#asking.add(done)
  }
}

/** The step of our boot script that failed, and its last output. Undefined if none did, or if another script runs. */
export function reasonIn(text: string): string | undefined {
  const said = text.split(/\r?\n/).flatMap((line) => /dcos-bootstrap: (.*)$/.exec(printable(line))?.[1] ?? [])
  const at = said.findLastIndex((line) => line.startsWith('FAILED: '))
  if (at < 0) return undefined
  const step = said[at]!.replace(/^FAILED: /, '').replace(/ \(exit status \d+\)$/, '')
  const rest = said.slice(at + 1)
  const end = rest.findIndex((line) => !line.startsWith('  '))
  const last = rest.slice(0, end < 0 ? rest.length : end).at(-1)
  return last === undefined ? step : `${step}: ${last.trim()}`
}

/** The last useful lines: those of our boot script if there are any, else the last ones. */
export function tellingLines(text: string): string[] {
  const lines = text
    .split(/\r?\n/)
    .map((line) => printable(line).trim())
    .filter((line) => line !== '')
  const own = lines.filter((line) => /dcos-bootstrap|error|fail|cannot|denied|timed? ?out/i.test(line))
  return (own.length > 0 ? own : lines).slice(-LINES)
}
