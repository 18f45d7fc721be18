import type { Template } from './parse.ts'
import { dependenciesOf, type Fault } from './references.ts'

/** Resources that wait for each other in a circle: the first circle, with the way round it. */
export function cycleFaults(template: Template): Fault[] {
  const finished = new Set<string>()
  // By hand rather than by recursion: a chain may be as long as there are resources.
  for (const start of Object.keys(template.Resources)) {
    const trail: { id: string; next: string[] }[] = []
    const enter = (id: string) => trail.push({ id, next: dependenciesOf(template, id) })
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
        return [{ path: ['Resources', id], what: `resources wait for each other in a circle: ${way}` }]
      }
      if (!finished.has(id)) enter(id)
    }
  }
  return []
}
