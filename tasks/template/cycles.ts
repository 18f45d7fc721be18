import { conditionsIn } from './names.ts'
import type { Template } from './parse.ts'
import { dependenciesOf, type Fault } from './references.ts'

/** Circular dependencies between resources, or between conditions: the first one of each, with all its members. */
export function cycleFaults(template: Template): Fault[] {
  const conditions = template.Conditions ?? {}
  const named = (name: string) =>
    [...conditionsIn(conditions[name], [])]
      .map((one) => one.name)
      .filter((one) => Object.hasOwn(conditions, one))
  return [
    ...cycle(Object.keys(conditions), named, 'Conditions'),
    ...cycle(Object.keys(template.Resources), (id) => dependenciesOf(template, id), 'Resources'),
  ]
}

/** Without recursion: a chain may be as long as there are resources. */
function cycle(all: string[], needs: (id: string) => readonly string[], section: string): Fault[] {
  const finished = new Set<string>()
  for (const start of all) {
    const trail: { id: string; next: string[] }[] = []
    const enter = (id: string) => trail.push({ id, next: [...needs(id)] })
    if (!finished.has(start)) enter(start)
    while (trail.length > 0) {
      const last = trail.at(-1)!
      const id = last.next.shift()
      if (id === undefined) {
        finished.add(last.id)
        trail.pop()
        continue
      }
      const since = trail.findIndex((step) => step.id === id)
      if (since >= 0) {
        const names = trail.slice(since).map((step) => step.id)
        const what = `circular dependency between ${section.toLowerCase()}: ${[...names, id].join(' → ')}`
        return [{ path: [section, id], what, kind: 'cycle', names }]
      }
      if (!finished.has(id)) enter(id)
    }
  }
  return []
}

/** Names in an order in which each comes after what it needs; those in a cycle are left out. */
export function inOrder(graph: ReadonlyMap<string, Iterable<string>>): string[] {
  const waiting = new Map(
    [...graph].map(([id, needs]) => [id, new Set([...needs].filter((need) => graph.has(need)))]),
  )
  const sorted: string[] = []
  for (let found = true; found && waiting.size > 0; ) {
    found = false
    for (const [id, needs] of waiting) {
      for (const need of needs) if (!waiting.has(need)) needs.delete(need)
      if (needs.size > 0) continue
      waiting.delete(id)
      sorted.push(id)
      found = true
    }
  }
  return sorted
}
