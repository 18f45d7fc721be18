import { writeFileSync } from 'node:fs'
import { Project } from '../acceptance/project.ts'
import { table } from '../table.ts'
import { median, onPath, rounds, say, timed } from './measure.ts'

// What a start costs, beside bare Node and the runners that are on this machine: listing the tasks, and running one that
// does nothing. The runs are interleaved, so that a busy moment of the machine meets all of them.

/** What was set out to be reached, as multiples of `node -e 0`. */
const GOAL = { list: 1.25, noop: 1.4 }

const noopTaskfile = `
import { task } from './tasks/runner/task.ts'
import { taskfile } from './tasks/runner/taskfile.ts'
const noop = task('noop', 'Does nothing', {}, async () => ({
  check: async () => ({ state: 'done', value: null, why: 'nothing to do' }),
  run: async () => null,
}))
const open = async () => ({ open: async () => ({ context: {}, subject: {}, close: async () => {} }) })
export default taskfile(open, async () => ({ advice: {} }), [noop])
`

const project = new Project()
const bare = new Project()
writeFileSync(bare.path('Taskfile.ts'), noopTaskfile)
writeFileSync(bare.path('Makefile'), 'noop:\n\t@true\n')
writeFileSync(
  bare.path('Taskfile.yml'),
  "version: '3'\ntasks:\n  noop:\n    desc: Does nothing\n    cmds: ['true']\n",
)
writeFileSync(
  bare.path('package.json'),
  JSON.stringify({ name: 'noop', version: '1.0.0', scripts: { noop: 'true' } }),
)

const bin = (of: Project) => [process.execPath, of.path('tasks/runner/bin.js')]
const all: { name: string; needs?: string; cwd: string; argv: string[]; goal?: number }[] = [
  { name: 'node -e 0', cwd: bare.folder, argv: [process.execPath, '-e', '0'] },
  { name: 'task --list', cwd: project.folder, argv: [...bin(project), '--list'], goal: GOAL.list },
  { name: 'task noop (the runner alone)', cwd: bare.folder, argv: [...bin(bare), 'noop'], goal: GOAL.noop },
  { name: 'task cli-install (done already)', cwd: project.folder, argv: [...bin(project), 'cli-install'] },
  { name: 'make noop', needs: 'make', cwd: bare.folder, argv: ['make', 'noop'] },
  { name: 'go-task --list', needs: 'go-task', cwd: bare.folder, argv: ['go-task', '--list'] },
  { name: 'go-task noop', needs: 'go-task', cwd: bare.folder, argv: ['go-task', 'noop'] },
  { name: 'npm run noop', needs: 'npm', cwd: bare.folder, argv: ['npm', 'run', '--silent', 'noop'] },
]
const present = all.filter(({ needs }) => !needs || onPath(needs))
const absent = new Set(all.filter((one) => !present.includes(one)).map(({ needs }) => needs))

const times = new Map(present.map(({ name }) => [name, [] as number[]]))
const ROUNDS = rounds(15)
// The first round makes the bundle, and fills the caches of the file system.
for (let round = 0; round <= ROUNDS; round++) {
  for (let index = 0; index < present.length; index++) {
    const { argv, cwd, name } = present[(index + round) % present.length]!
    const { ms, output, status } = await timed(argv, { cwd, env: { HOME: project.home } })
    if (status !== 0) throw new Error(`${name} ended with ${status}:\n${output}`)
    if (round > 0) times.get(name)!.push(ms)
  }
}

const floor = median(times.get('node -e 0')!)
say(`Start-up, medians of ${ROUNDS} interleaved runs, Node ${process.versions.node}`)
say(
  table([
    ['', 'ms', 'ratio', 'goal'],
    ...present.map(({ goal, name }) => {
      const ms = median(times.get(name)!)
      return [name, ms.toFixed(0), (ms / floor).toFixed(2), goal ? `≤ ${goal}` : '']
    }),
  ]),
)
if (absent.size > 0) say(`not on this machine: ${[...absent].join(', ')}`)
project.remove()
bare.remove()
