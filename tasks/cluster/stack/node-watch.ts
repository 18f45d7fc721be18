import path from 'node:path'
import type { StackEvent } from '../../aws/stack/events.ts'
import { Failure } from '../../base/failure.ts'
import { makePrivateFolder, writeAtomically } from '../../base/file.ts'
import { printable } from '../../base/terminal-text.ts'
import type { Use } from '../context.ts'

const GROUP = 'AWS::AutoScaling::AutoScalingGroup'
/** A group is asked so long after it began, then less and less often: what it cannot do shows in the first minute. */
const FIRST_ASK_MS = 15_000
const SLOWEST_ASK_MS = 120_000
/** Of nodes that never signalled, so many consoles are read. */
const CONSOLES = 3
/** So many of a console's last lines are shown. */
const LINES = 8

interface Watched {
  /** The group's name. */
  name: string
  logicalId: string
  nextAsk: number
  pause: number
}

/**
 * Looks where CloudFormation does not: at what the groups that owe signals could not launch, and at the consoles of nodes that failed, before a rollback
 * ends them. Each takes one permission to read; without it that is said once. Never a reason to fail.
 */
export class NodeWatch {
  readonly #groups = new Map<string, Watched>()
  readonly #said = new Set<string>()
  readonly #signalled = new Set<string>()
  readonly #asking = new Set<Promise<void>>()
  #reason: string | undefined

  constructor(private readonly use: Use) {}

  /** To be called after each poll of the stack's events. Asks in the background. */
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

  /** Resolves when what was asked has been answered. */
  async end(): Promise<void> {
    this.#groups.clear()
    await Promise.all(this.#asking)
  }

  /** What the first node that failed says of it; undefined where none does. To be asked after `end`. */
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

  /** The instances of a group that have not signalled: what they say of it. */
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
        // It only says more than CloudFormation does: nothing of it may end the run.
        if (error instanceof Failure && error.code === 'ACCESS_DENIED')
          this.#say(`could not read ${what}: ${error.message}`, what)
      })
      .finally(() => this.#asking.delete(done))
    this.#asking.add(done)
  }
}

/** Of our own first boot: the step that failed, and what it said last. Undefined where none did, or where another script runs. */
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

/** The last lines that say something: those of our own first boot where there are any, else whatever came last. */
export function tellingLines(text: string): string[] {
  const lines = text
    .split(/\r?\n/)
    .map((line) => printable(line).trim())
    .filter((line) => line !== '')
  const own = lines.filter((line) => /dcos-bootstrap|error|fail|cannot|denied|timed? ?out/i.test(line))
  return (own.length > 0 ? own : lines).slice(-LINES)
}
