import { nodeId, quoted } from '../../base/mermaid.ts'
import type { Judgement } from '../pipeline.ts'
import type { AnyTask } from '../task.ts'
import { neededDirectly } from './layers.ts'

/** Fill, border and text of each state, readable on a light and on a dark page. */
const looks: Record<Judgement['state'], string> = {
  done: 'fill:#d7f5e1,stroke:#10824a,color:#0b3d24',
  todo: 'fill:#eef1f5,stroke:#5c6670,color:#1c2128',
  refused: 'fill:#fbdfe1,stroke:#c93440,color:#5c0d14',
  unknown: 'fill:#fdf0d2,stroke:#b47510,color:#553604',
}

/** The tasks as a flowchart in Mermaid, each in the colour of its state. */
export function tasksMermaid(judged: ReadonlyMap<AnyTask, Judgement>): string {
  const states = new Set([...judged.values()].map(({ state }) => state))
  const nodes = [...judged].map(
    ([{ name }, { state }]) => `  ${nodeId(name)}[${quoted(name, state)}]:::${state}`,
  )
  const edges = [...judged.keys()].flatMap((task) =>
    neededDirectly(task).map((need) => `  ${nodeId(need.name)} --> ${nodeId(task.name)}`),
  )
  const classes = [...states].map((state) => `  classDef ${state} ${looks[state]}`)
  return `${['flowchart LR', ...nodes, ...edges, ...classes].join('\n')}\n`
}
