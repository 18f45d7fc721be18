import { conditionsIn } from './names.ts'
import type { Template } from './parse.ts'
import { dependenciesOf, type Fault } from './references.ts'

/** Resources, or conditions, that wait for each other in a circle: the first circle, with the way round it. */
export function cycleFaults(template: Template): Fault[] {
  const conditions = template.Conditions ?? {}
  const named = (name: string) =>
    [...conditionsIn(conditions[name], [])]
      .map((one) => one.name)
      .filter((one) => Object.hasOwn(conditions, one))
  return [
    ...circle(Object.keys(conditions), named, 'Conditions'),
    ...circle(Object.keys(template.Resources), (id) => dependenciesOf(template, id), 'Resources'),
  ]
}

/** By hand rather than by recursion: a chain may be as long as there are resources. */
function circle(all: string[], needs: (id: string) => string[], section: string): Fault[] {
  const finished = new Set<string>()
  for (const start of all) {
    const trail: { id: string; next: string[] }[] = []
    const enter = (id: string) => trail.push({ id, next: needs(id) })
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
        const way = [...trail.slice(since).map((step) => step.id), id].join(' → ')
        const what = section.toLowerCase()
        return [{ path: [section, id], what: `${what} wait for each other in a circle: ${way}` }]
      }
      if (!finished.has(id)) enter(id)
    }
  }
  return []
}
