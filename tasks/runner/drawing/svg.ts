import { type Judgement, marks } from '../pipeline.ts'
import type { AnyTask } from '../task.ts'
import { escaped } from '../timeline/escape.ts'
import { layered, type Slot } from './layers.ts'

const MARGIN = 16
const HEIGHT = 52
const GAP_X = 48
const GAP_Y = 20
/** The maximum width of a letter. */
const LETTER = 9

/** Identifies a drawing made by this tool. */
export const DRAWN_BY = 'npx task graph'

const style = `
text { font: 600 15px system-ui, sans-serif; fill: #1c2128 } .state { font: 13px system-ui, sans-serif }
rect { stroke-width: 1.5 } path { fill: none; stroke: #5c6670; stroke-width: 1.5 } marker path { fill: #5c6670; stroke: none }
.done rect { fill: #d7f5e1; stroke: #10824a } .todo rect { fill: #eef1f5; stroke: #5c6670 }
.refused rect { fill: #fbdfe1; stroke: #c93440 } .unknown rect { fill: #fdf0d2; stroke: #b47510 }
@media (prefers-color-scheme: dark) {
  text { fill: #e3e7ec } path { stroke: #9aa5b1 } marker path { fill: #9aa5b1 }
  .done rect { fill: #123c26; stroke: #4cd08b } .todo rect { fill: #242a33; stroke: #9aa5b1 }
  .refused rect { fill: #4a161b; stroke: #ff6b72 } .unknown rect { fill: #463208; stroke: #e5a93d }
}`

/** The tasks as a drawing, left to right, each in the colour of its state; a tooltip gives the reason. */
export function tasksSvg(judged: ReadonlyMap<AnyTask, Judgement>): string {
  const tasks = [...judged.keys()]
  const width = Math.max(...tasks.map(({ name }) => name.length), 10) * LETTER + 32
  const { columns, edges } = layered(tasks)
  const rows = Math.max(...columns.map((column) => column.length))
  const whole = {
    width: 2 * MARGIN + columns.length * (width + GAP_X) - GAP_X,
    height: 2 * MARGIN + rows * (HEIGHT + GAP_Y) - GAP_Y,
  }
  const placeOf = ({ column, row }: Slot): Place => {
    // Columns are centred vertically.
    const top = MARGIN + ((rows - columns[column]!.length) * (HEIGHT + GAP_Y)) / 2
    return { left: MARGIN + column * (width + GAP_X), top: top + row * (HEIGHT + GAP_Y), width }
  }
  const lines = edges.map((slots) => edgeText(slots.map(placeOf)))
  const boxes = columns
    .flat()
    .flatMap((slot) => (slot.task ? [boxText(slot.task, judged.get(slot.task)!, placeOf(slot))] : []))
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${whole.width}" height="${whole.height}" viewBox="0 0 ${whole.width} ${whole.height}" role="img" aria-label="tasks">
<!-- ${DRAWN_BY} -->
<style>${style}</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>
${[...lines, ...boxes].join('\n')}
</svg>
`
}

interface Place {
  left: number
  top: number
  width: number
}

/** From the right side of the dependency to the left side of the dependent, straight through the slots in between. */
function edgeText([from, ...others]: Place[]): string {
  const middle = ({ top }: Place) => top + HEIGHT / 2
  const bend = GAP_X / 2
  let [x, y] = [from!.left + from!.width, middle(from!)]
  const steps = [`M${x} ${y}`]
  for (const place of others) {
    const [left, next] = [place.left, middle(place)]
    steps.push(`C${x + bend} ${y} ${left - bend} ${next} ${left} ${next}`)
    ;[x, y] = [left + place.width, next]
    if (place !== others.at(-1)) steps.push(`H${x}`)
  }
  return `<path d="${steps.join('')}" marker-end="url(#tip)"/>`
}

function boxText(
  { description, name }: AnyTask,
  { state, why }: Judgement,
  { left, top, width }: Place,
): string {
  const middle = left + width / 2
  return [
    `<g class="${state}"><title>${escaped(`${description}\n${state}: ${why}`)}</title>`,
    `<rect x="${left}" y="${top}" width="${width}" height="${HEIGHT}" rx="8"/>`,
    `<text x="${middle}" y="${top + 22}" text-anchor="middle">${escaped(name)}</text>`,
    `<text class="state" x="${middle}" y="${top + 41}" text-anchor="middle">${marks[state]} ${state}</text></g>`,
  ].join('')
}
