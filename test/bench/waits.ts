import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Project } from '../acceptance/project.ts'
import { table } from '../table.ts'
import { median, onPath, rounds, say, timed } from './measure.ts'

// What a user waits for on this machine, as multiples of `node -e 0`, on every Node that is there: one line of the table a
// command (`node test/bench/run.js rerun`). The runs are interleaved, so that a busy moment meets all of them; processor
// time hardly depends on what else goes on.

interface Line {
  goal: string
  rounds: number
  /** The command to be measured, of a project that is ready for it. */
  words: string[]
  project?(node: string): Project
  prepare?: string[]
  /** What a user would do before each run. */
  before?(project: Project): void
  /** The same by others, where they are. */
  peers?: string[][]
}

const fast = 'rehearsal.speed=2000'
const many = ['agents.private=1000', 'cluster.name=many', fast]
const lines: Record<string, Line> = {
  list: {
    goal: '1.2',
    rounds: 15,
    words: ['--list'],
    peers: [['aws', '--version']],
  },
  noop: {
    goal: '1.35',
    rounds: 15,
    words: ['noop'],
    project: noopProject,
    peers: [
      ['make', 'noop'],
      ['go-task', 'noop'],
      ['just', 'noop'],
      ['go-task', '--list'],
      ['just', '--list'],
      ['npm', 'run', '--silent', 'noop'],
    ],
  },
  rerun: { goal: '3, 70 MB', rounds: 9, prepare: ['bootstrap', fast], words: ['bootstrap', fast] },
  bootstrap: {
    goal: '90 MB',
    rounds: 3,
    before: (project) => rmSync(project.path('.task/rehearsed'), { recursive: true, force: true }),
    words: ['bootstrap', ...many],
  },
  nodes: {
    goal: '5.5',
    rounds: 7,
    prepare: ['bootstrap', ...many],
    words: ['dcos', ...many, '--', 'node', 'list'],
  },
  edit: {
    goal: '11',
    rounds: 5,
    before: (project) => appendFileSync(project.path('tasks/keypair.ts'), '\n// edited\n'),
    words: ['status', fast],
  },
}

/** A project whose only task does nothing, for this runner and for others. */
function noopProject(node: string): Project {
  const project = new Project(node)
  const write = (file: string, text: string) => writeFileSync(project.path(file), text)
  write(
    'Taskfile.ts',
    `import { task } from './tasks/runner/task.ts'
import { taskfile } from './tasks/runner/taskfile.ts'
const noop = task('noop', 'Does nothing', {}, async () => ({
  check: async () => ({ state: 'done', value: null, why: 'nothing to do' }),
  run: async () => null,
}))
const open = async () => ({ open: async () => ({ context: {}, subject: {}, close: async () => {} }) })
export default taskfile(open, async () => ({ advice: {} }), [noop])
`,
  )
  write('Makefile', 'noop:\n\t@true\n')
  write('justfile', 'noop:\n\t@true\n')
  write('Taskfile.yml', "version: '3'\ntasks: { noop: { desc: Does nothing, cmds: ['true'] } }\n")
  write('package.json', JSON.stringify({ name: 'noop', version: '1.0.0', scripts: { noop: 'true' } }))
  return project
}

const name = process.env.BENCH_LINE!
const line = lines[name]!

/** This Node, and those that `.ci/run` fetches. */
const nodes = [
  process.execPath,
  ...readFileSync('test/node-versions.txt', 'utf8')
    .split('\n')
    .filter((one) => /^\d/.test(one))
    .map((version) =>
      path.resolve(`.task/ci-node/${version}/node_modules/node-${process.platform}-${process.arch}/bin/node`),
    )
    .filter((file) => existsSync(file)),
]

interface Runs {
  ms: number[]
  cpu: number[]
  megabytes: number[]
}
const empty = (): Runs => ({ ms: [], cpu: [], megabytes: [] })

/** Writes down, at its end, what a process took. */
const METER = `process.on('exit', () => {
  const { maxRSS, systemCPUTime, userCPUTime } = process.resourceUsage()
  require('fs').writeFileSync(process.env.METER, JSON.stringify({ megabytes: maxRSS / 1024, cpu: (systemCPUTime + userCPUTime) / 1000 }))
})`

const rows: string[][] = [['', 'time', 'processor', 'peak memory', 'goal']]
for (const node of nodes) {
  const project = line.project?.(node) ?? new Project(node)
  const meter = project.path('.home/meter.cjs')
  mkdirSync(path.dirname(meter), { recursive: true })
  writeFileSync(meter, METER)
  const env = { HOME: project.home, METER: project.path('.home/meter.json') }
  const bin = project.path('tasks/runner/bin.js')
  const run = async (argv: string[]) => {
    const ran = await timed(argv, { cwd: project.folder, env })
    if (ran.status !== 0 && !(name === 'edit' && ran.status === 3))
      throw new Error(`${argv.join(' ')}: ${ran.output}`)
    return ran
  }
  if (line.prepare) await run([node, bin, ...line.prepare])
  const all = new Map<string, string[]>([
    ['node -e 0', ['-e', '0']],
    [`task ${line.words.join(' ')}`, [bin, ...line.words]],
  ])
  const results = new Map([...all.keys()].map((key) => [key, empty()]))
  const ROUNDS = rounds(line.rounds)
  // The first round compiles, and fills the caches of the file system.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [key, words] of all) {
      const result = round > 0 ? results.get(key)! : empty()
      line.before?.(project)
      result.ms.push((await run([node, ...words])).ms)
      line.before?.(project)
      await run([node, '-r', meter, ...words])
      const { cpu, megabytes } = JSON.parse(readFileSync(env.METER, 'utf8'))
      result.cpu.push(cpu)
      result.megabytes.push(megabytes)
    }
  }
  const floor = results.get('node -e 0')!
  const version = /\d+\.\d+\.\d+/.exec((await timed([node, '--version'])).output)![0]
  for (const [key, { cpu, megabytes, ms }] of results) {
    const ratio = (of: number[], to: number[]) => (median(of) / median(to)).toFixed(2)
    const goal = key === 'node -e 0' ? '' : line.goal
    rows.push([
      `Node ${version}: ${key}`,
      `${median(ms).toFixed(0)} ms · ${ratio(ms, floor.ms)}`,
      ratio(cpu, floor.cpu),
      `${median(megabytes).toFixed(0)} MB`,
      goal,
    ])
  }
  if (node === process.execPath) {
    for (const argv of (line.peers ?? []).filter(([program]) => onPath(program!))) {
      const ms: number[] = []
      for (let round = 0; round < ROUNDS; round++)
        ms.push((await timed(argv, { cwd: project.folder, env })).ms)
      rows.push([
        argv.join(' '),
        `${median(ms).toFixed(0)} ms · ${(median(ms) / median(floor.ms)).toFixed(2)}`,
        '',
        '',
        '',
      ])
    }
  }
  project.remove()
}
say(table(rows))
