import type { SignalGroup } from '../../template/groups.ts'
import { isCancelled } from './cause.ts'
import { type StackEvent, signalIn } from './events.ts'

export interface GroupProgress extends SignalGroup {
  received: number
}

/** The progress of an operation, from its events. */
export class StackProgress {
  readonly #states = new Map<string, { status: string; since: Date }>()
  readonly #signals = new Map<string, Set<string>>()
  #latest = ''
  #failure: StackEvent | undefined
  #since: Date | undefined

  /** `expected`: how many resources the template names. */
  constructor(
    private readonly expected: number,
    private readonly groups: SignalGroup[],
  ) {}

  add(events: StackEvent[]): void {
    for (const event of events) {
      this.#since ??= event.at
      if (event.root) continue
      // An update does not fail because of what its cleanup could not delete.
      if (/^(CREATE|UPDATE)_FAILED$/.test(event.status) && !isCancelled(event)) this.#failure ??= event
      const signal = signalIn(event)
      if (signal) this.#signalsOf(event.logicalId).add(signal)
      const before = this.#states.get(event.logicalId)
      const since = before?.status === event.status ? before.since : event.at
      this.#states.set(event.logicalId, { status: event.status, since })
      this.#latest = `${event.logicalId} ${event.status.toLowerCase().replaceAll('_', ' ')}`
    }
  }

  /** How many resources are no longer in progress. */
  get done(): number {
    return this.finished.size
  }

  get finished(): Set<string> {
    return new Set(
      [...this.#states].filter(([, { status }]) => !status.endsWith('_IN_PROGRESS')).map(([id]) => id),
    )
  }

  /** When each resource in progress began. */
  get begun(): Map<string, Date> {
    const running = [...this.#states].filter(([, { status }]) => status.endsWith('_IN_PROGRESS'))
    return new Map(running.map(([id, { since }]) => [id, since]))
  }

  get total(): number {
    return Math.max(this.expected, this.#states.size)
  }

  get signals(): GroupProgress[] {
    return this.groups.map((group) => ({ ...group, received: this.#signals.get(group.logicalId)?.size ?? 0 }))
  }

  /** The latest event, such as `ElasticLoadBalancer create complete`. */
  get latest(): string {
    return this.#latest
  }

  /** When the operation began, by its first event. */
  get since(): Date | undefined {
    return this.#since
  }

  /** The first resource that failed on its own: from then on the operation is rolled back. */
  get failure(): StackEvent | undefined {
    return this.#failure
  }

  /** `41/57 resources`, or `3 resources done` if the total is unknown. */
  get text(): string {
    if (this.expected === 0) return `${this.done} ${this.done === 1 ? 'resource' : 'resources'} done`
    return `${this.done}/${this.total} resources`
  }

  /** `Slave 3/5` for each group that has begun to wait. */
  get signalTexts(): string[] {
    const begun = this.signals.filter((group) => this.#states.has(group.logicalId))
    return begun.map(({ expected, logicalId, received }) => {
      const name = logicalId.replace(/(Server)?Group$/, '')
      return `${name} ${received}${expected === undefined ? '' : `/${expected}`}`
    })
  }

  #signalsOf(logicalId: string): Set<string> {
    const known = this.#signals.get(logicalId)
    if (known) return known
    const fresh = new Set<string>()
    this.#signals.set(logicalId, fresh)
    return fresh
  }
}
