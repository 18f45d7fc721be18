import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Failure } from '../../tasks/base/failure.ts'
import { layered } from '../../tasks/runner/drawing/layers.ts'
import { tasksMermaid } from '../../tasks/runner/drawing/mermaid.ts'
import { tasksSvg } from '../../tasks/runner/drawing/svg.ts'
import type { Finding } from '../../tasks/runner/inspect.ts'
import { judge } from '../../tasks/runner/pipeline.ts'
import { type AnyTask, done, task, todo } from '../../tasks/runner/task.ts'

const test = suite('drawing')

const never = async () => ({}) as never
const ground = task('ground', 'Buy it', {}, never) as AnyTask
const cake = task('cake', 'Bake it', {}, never) as AnyTask
const walls = task('walls', 'Build <them>', { ground }, never) as AnyTask
const garden = task('garden', 'Plant it', { ground }, never) as AnyTask
// The ground is implied by the other needs.
const end = task('end', 'Give a party', { ground, walls, garden, cake }, never) as AnyTask
const tasks = [ground, cake, walls, garden, end]

const findings = new Map<AnyTask, Finding>([
  [ground, done('', 'bought')],
  [cake, done('', 'baked')],
  [walls, todo('no "walls" & no roof')],
  [garden, { state: 'unknown', failure: new Failure('ACCESS_DENIED', { message: 'the gate is closed' }) }],
  [end, todo('nobody came')],
])
const judged = new Map(tasks.map((one) => [one, judge(one, findings)]))

test('the state of a task is unknown if a dependency could not be checked', () => {
  assert.equal(
    [...judged.values()].map(({ state }) => state),
    ['done', 'done', 'todo', 'unknown', 'unknown'],
  )
  assert.match(judged.get(end)!.why, 'garden could not be checked')
})

test('Mermaid: each task in the colour of its state, with an id that is not a Mermaid keyword', () => {
  assert.is(
    tasksMermaid(judged).replace(/^ {2}classDef.*\n/gm, ''),
    `flowchart LR
  r_ground["ground<br>done"]:::done
  r_cake["cake<br>done"]:::done
  r_walls["walls<br>todo"]:::todo
  r_garden["garden<br>unknown"]:::unknown
  r_end["end<br>unknown"]:::unknown
  r_ground --> r_walls
  r_ground --> r_garden
  r_walls --> r_end
  r_garden --> r_end
  r_cake --> r_end
`,
  )
  assert.match(tasksMermaid(judged), /classDef todo fill:#\w+,stroke:#\w+,color:#\w+\n/)
})

test('SVG: boxes do not overlap or leave the drawing, each edge has its arrow, and text is escaped', () => {
  const svg = tasksSvg(judged)
  const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg)!.map(Number)
  const boxes = [...svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/g)].map(
    ([, ...numbers]) => numbers.map(Number) as [number, number, number, number],
  )
  assert.is(boxes.length, 5)
  for (const [x, y, w, h] of boxes) {
    assert.ok(x >= 0 && y >= 0 && x + w <= width! && y + h <= height!)
    const over = boxes.filter(([x2, y2]) => Math.abs(x2 - x) < w && Math.abs(y2 - y) < h)
    assert.is(over.length, 1)
  }
  assert.is(svg.match(/marker-end/g)?.length, 5)
  assert.match(svg, 'Build &#60;them&#62;')
  assert.match(svg, 'no &#34;walls&#34; &#38; no roof')
})

test('a task without needs is next to its dependent; longer edges pass through the columns in between', () => {
  const late = task('late', 'Need two', { end, ground }, never) as AnyTask
  const far = task(
    'far',
    'Need the first and the last',
    { ground, late: task('other', '', { end }, never) },
    never,
  ) as AnyTask
  const other = far.needs.late!
  const { columns, edges } = layered([...tasks, late, other, far])
  assert.equal(
    columns.map((column) => column.map((slot) => slot.task?.name ?? '-')),
    [['ground'], ['cake', 'walls', 'garden'], ['end'], ['late', 'other'], ['far']],
  )
  assert.ok(edges.every((slots) => slots.every(({ column }, index) => column === slots[0]!.column + index)))
  // Two paths to the same task, one of them longer.
  const short = task('short', '', { ground }, never) as AnyTask
  const long = task('long', '', { walls }, never) as AnyTask
  const both = task('both', '', { short, long }, never) as AnyTask
  const through = layered([ground, walls, short, long, both])
  assert.equal(
    through.columns.map((column) => column.map((slot) => slot.task?.name ?? '-')),
    [['ground'], ['walls', 'short'], ['long', '-'], ['both']],
  )
})

test.run()
