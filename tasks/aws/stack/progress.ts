import type { StackEvent } from './events.ts'

/** A resource that waits for signals from its instances. */
export interface SignalGroup {
  logicalId: string
  /** How many signals it waits for; undefined when the template does not say it plainly. */
  expected: number | undefined
}

export interface GroupProgress extends SignalGroup {
  received: number
}

/** How far an operation is, read off its events. */
export class StackProgress {
  readonly #states = new Map<string, string>()
  readonly #signals = new Map<string, Set<string>>()
  #latest = ''

  /** `expected`: how many resources the template names. */
  constructor(
    private readonly expected: number,
    private readonly groups: SignalGroup[],
  ) {}

  add(events: StackEvent[]): void {
    for (const event of events) {
      if (event.root) continue
      const signal = /^Received (?:SUCCESS|FAILURE) signal with UniqueId (\S+)/.exec(event.reason)?.[1]
      if (signal) this.#signalsOf(event.logicalId).add(signal)
      this.#states.set(event.logicalId, event.status)
      this.#latest = `${event.logicalId} ${event.status.toLowerCase().replaceAll('_', ' ')}`
    }
  }

  /** Resources on which nothing is going on any more. */
  get done(): number {
    return [...this.#states.values()].filter((status) => !status.endsWith('_IN_PROGRESS')).length
  }

  get total(): number {
    return Math.max(this.expected, this.#states.size)
  }

  get signals(): GroupProgress[] {
    return this.groups.map((group) => ({ ...group, received: this.#signals.get(group.logicalId)?.size ?? 0 }))
  }

  /** One line, the most telling first: `41/57 resources · Master 1/1 · Slave 3/5 · ElasticLoadBalancer create complete`. */
  get text(): string {
    const signals = this.signals
      .filter((group) => this.#states.has(group.logicalId))
      .map(
        (group) =>
          `${group.logicalId.replace(/(Server)?Group$/, '')} ${group.received}${group.expected === undefined ? '' : `/${group.expected}`}`,
      )
    return [`${this.done}/${this.total} resources`, ...signals, this.#latest].filter(Boolean).join(' · ')
  }

  #signalsOf(logicalId: string): Set<string> {
    const known = this.#signals.get(logicalId)
    if (known) return known
    const fresh = new Set<string>()
    this.#signals.set(logicalId, fresh)
    return fresh
  }
}
