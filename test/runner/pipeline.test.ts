import { PassThrough } from 'node:stream'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Failure } from '../../tasks/base/failure.ts'
import { main } from '../../tasks/runner/main.ts'
import { type AnyTask, type Check, done, refuse, type Tools, task, todo } from '../../tasks/runner/task.ts'
import { command, down, status, taskfile, up } from '../../tasks/runner/taskfile.ts'

const test = suite('pipeline')

/** A world of things that exist or not, and tasks that create them, to test the runner without a cloud. */
class World {
  readonly standing = new Set<string>()
  readonly log: string[] = []
  failing = ''
  refusing = ''
  /** Makes the survey fail, or its result doubtful. */
  blind = false
  doubt: Failure | undefined
  question = ''

  task(name: string, needs: Record<string, AnyTask> = {}): AnyTask {
    const { log, standing } = this
    const steps = {
      check: async (use: Tools): Promise<Check<string>> => {
        log.push(`check ${name}`)
        if (this.refusing === name)
          return refuse('KEY_FOREIGN', { message: `${name} is not ours`, next: 'rename it' })
        if (standing.has(name)) return done(`value of ${name}`, `${name} stands`)
        use.log(`looked at ${name}`)
        const otherwise = new Failure('STACK_CHANGED', { message: 'not confirmed' })
        return todo(
          `${name} is not there`,
          this.question === name
            ? { ask: { question: 'Really?', otherwise, spared: 'nothing was built' } }
            : {},
        )
      },
      run: async (_use: Tools, values: object): Promise<string> => {
        log.push(`run ${name}(${Object.entries(values).join(' ')})`)
        if (this.failing === name)
          throw new Failure('STACK_FAILED', { message: `${name} broke`, cause: 'a gremlin', next: 'feed it' })
        standing.add(name)
        return `value of ${name}`
      },
      undo: async (use: Tools): Promise<string | undefined> => {
        log.push(`undo ${name}`)
        if (this.failing === name) throw new Error('our own bug')
        if (!standing.delete(name)) return undefined
        use.report.deleted.push(name)
        return `${name} removed`
      },
    }
    return task(name, `Put ${name} up`, needs, async () => steps) as AnyTask
  }

  async run(...argv: string[]) {
    const { log, standing } = this
    const foundation = this.task('foundation')
    const house = this.task('house', { foundation })
    const garden = this.task('garden')
    const party = this.task('party', { house, garden })
    const file = taskfile(
      async () => ({
        open: async () => ({
          context: {},
          subject: { name: 'test' },
          close: async () => void log.push('closed'),
        }),
      }),
      async () => ({ advice: { USAGE: 'a page', STACK_FAILED: 'a page' } as never }),
      [
        up('all', 'Put all up', party),
        down('none', 'Take all down', party, async () => ({
          confirm: async (use: Tools) => {
            if (!use.yes) throw new Failure('CONFIRMATION_NEEDED', { message: 'nobody confirmed' })
          },
          survey: async () => {
            if (this.blind) throw new Failure('CREDENTIALS_EXPIRED', { message: 'they have expired' })
            const house = standing.has('house') ? [{ id: 'house-1', text: 'house-1 (two floors)' }] : []
            return { found: { house }, ...(this.doubt ? { doubt: this.doubt } : {}) }
          },
          prove: async () => void log.push('proved'),
        })),
        status('status', 'How it stands', party),
        foundation as never,
        house as never,
        garden as never,
        party as never,
        command(
          'dance [WORD…]',
          'Dance',
          async () => ({
            execute: async ({ words }: { words: string[] } & Tools, values: object) => {
              log.push(`dance ${words.join(' ')} ${Object.values(values).join()}`)
              return words.includes('stumble') ? 7 : 0
            },
          }),
          { requires: { party }, asTask: true },
        ),
      ],
    )
    const stdout = new PassThrough()
    const stderr = new PassThrough()
    log.length = 0
    const code = await main(file, argv, {
      root: '/nowhere',
      packageRoot: '/nowhere',
      cwd: '/nowhere',
      cache: '/nowhere',
      version: '0',
      environment: {},
      streams: { stdin: new PassThrough(), stdout, stderr } as never,
    })
    const text = (stdout.read() ?? '').toString() as string
    const events = argv.includes('--json')
      ? text
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line))
      : []
    return { code, text, errors: (stderr.read() ?? '').toString() as string, events, end: events.at(-1) }
  }
}

test('runs tasks that are not done, each with the values of its needs; the second time none', async () => {
  const world = new World()
  const first = await world.run('all', '--json')
  assert.is(first.code, 0)
  assert.equal(first.end.event, 'end')
  assert.equal([...first.end.ran].sort(), ['foundation', 'garden', 'house', 'party'])
  assert.ok(world.log.includes('run party(house,value of house garden,value of garden)'))
  assert.ok(
    world.log.indexOf('run foundation()') < world.log.indexOf('run house(foundation,value of foundation)'),
  )
  assert.is(world.log.at(-1), 'closed')
  const second = await world.run('all', '--json')
  assert.equal(second.end.ran, [])
  assert.equal(second.end.skipped.length, 4)
  assert.not.ok(world.log.some((entry) => entry.startsWith('run')))
})

test('one task runs with its dependencies, and no others', async () => {
  const { end } = await new World().run('house', '--json')
  assert.equal(end.ran, ['foundation', 'house'])
})

test('--dry-run changes nothing and shows what would run', async () => {
  const world = new World()
  const { code, end } = await world.run('all', '-n', '--json')
  assert.is(code, 0)
  assert.equal([...end.would].sort(), ['foundation', 'garden', 'house', 'party'])
  assert.is(world.standing.size, 0)
})

test('--only checks what a task needs and never runs it', async () => {
  const world = new World()
  const refused = await world.run('house', '--only', '--json')
  assert.is(refused.code, 1)
  assert.is(refused.end.error.code, 'NOT_UP')
  assert.match(refused.end.error.message, /house needs foundation/)
  assert.is(world.standing.size, 0)
  world.standing.add('foundation')
  assert.equal((await world.run('house', '--only', '--json')).end.ran, ['house'])
})

test('--force runs only the named task again', async () => {
  const world = new World()
  await world.run('all')
  assert.equal((await world.run('house', '--force', '--json')).end.ran, ['house'])
})

test('after a failure nothing new starts, and the end names it; --keep-going continues elsewhere', async () => {
  const world = new World()
  world.failing = 'foundation'
  const { code, events, end } = await world.run('all', '--json')
  assert.is(code, 1)
  assert.equal(end.failed, ['foundation'])
  const { time, ...fail } = events.find((event) => event.event === 'fail')
  assert.equal(fail, {
    event: 'fail',
    task: 'foundation',
    code: 'STACK_FAILED',
    message: 'foundation broke',
    cause: 'a gremlin',
    next: 'feed it',
  })
  assert.match(time, /^\d{4}-\d\d-\d\dT/)
  assert.not.ok(world.standing.has('house'))
  const going = await world.run('all', '--keep-going', '--json')
  assert.is(going.code, 1)
  assert.ok(world.standing.has('garden'))
})

test('a refusal keeps its code and its advice', async () => {
  const world = new World()
  world.refusing = 'garden'
  const { end, events } = await world.run('all', '--json')
  assert.is(end.exit, 1)
  const fail = events.find((event) => event.event === 'fail')
  assert.is(fail.code, 'KEY_FOREIGN')
  assert.is(fail.next, 'rename it')
})

test('a question without a terminal is refused, --yes answers it', async () => {
  const world = new World()
  world.question = 'house'
  const refused = await world.run('all', '--json')
  assert.is(refused.events.find((event) => event.event === 'fail').code, 'STACK_CHANGED')
  assert.not.ok(world.standing.has('house'))
  assert.is((await world.run('all', '--yes', '--json')).code, 0)
})

test('destroy undoes in reverse order and verifies it; the second time there is nothing to undo', async () => {
  const world = new World()
  await world.run('all')
  assert.is((await world.run('none', '--json')).end.error.code, 'CONFIRMATION_NEEDED')
  assert.is(world.standing.size, 4)
  const { code, end } = await world.run('none', '--yes', '--json')
  assert.is(code, 0)
  assert.equal([...end.deleted].sort(), ['foundation', 'garden', 'house', 'party'])
  assert.is(end.undone[0], 'party')
  assert.ok(end.undone.indexOf('house') < end.undone.indexOf('foundation'))
  assert.ok(world.log.includes('proved'))
  assert.equal((await world.run('none', '--yes', '--json')).end.undone, [])
})

test('a failed undo is reported, and its dependencies are kept', async () => {
  const world = new World()
  await world.run('all')
  world.failing = 'house'
  const { code, end, events } = await world.run('none', '--yes', '--json')
  assert.is(code, 1)
  assert.ok(world.standing.has('foundation'))
  assert.is(events.find((event) => event.event === 'fail').code, 'INTERNAL')
  assert.not.ok(world.log.includes('proved'))
  assert.equal([end.failed, end.left], [['house'], ['house-1']], 'it searches again for what is left')
  world.blind = true
  const unseen = await world.run('none', '--yes', '--json')
  assert.equal([unseen.end.failed, unseen.end.left], [['house'], []], 'the original failure is reported')
})

test('a dry run of destroy lists what it would delete, and fails if it cannot search', async () => {
  const world = new World()
  await world.run('all')
  // Its check would say that there is nothing of ours, but the survey found something.
  world.refusing = 'house'
  const dry = await world.run('none', '--dry-run', '--json')
  assert.equal([dry.code, [...dry.end.would].sort()], [0, ['foundation', 'garden', 'house', 'party']])
  const told = dry.events.find((event) => event.event === 'log' && event.task === 'house')
  assert.is(told.message, 'would undo it:\n  house-1 (two floors)')
  world.doubt = new Failure('ACCESS_DENIED', { message: 'there may be more' })
  const doubtful = await world.run('none', '--dry-run', '--json')
  assert.equal([doubtful.code, doubtful.end.error.code], [1, 'ACCESS_DENIED'])
  assert.ok(doubtful.end.would.includes('house'))
  world.blind = true
  const blind = await world.run('none', '--dry-run', '--json')
  assert.equal([blind.code, blind.end.error.code, blind.end.would], [1, 'CREDENTIALS_EXPIRED', []])
})

test('--undo undoes one task, unless others depend on it', async () => {
  const world = new World()
  await world.run('all')
  const refused = await world.run('foundation', '--undo', '--yes', '--json')
  assert.is(refused.end.error.code, 'LOCKED')
  assert.ok(world.standing.has('foundation'))
  assert.is((await world.run('party', '--undo', '--json')).end.error.code, 'CONFIRMATION_NEEDED')
  assert.equal((await world.run('party', '--undo', '--yes', '--json')).end.undone, ['party'])
  assert.is(world.standing.size, 3)
})

test('status is one document, in the order of the Taskfile, and exits 3 unless everything is up', async () => {
  const world = new World()
  world.standing.add('garden')
  const { code, text } = await world.run('status', '--output', 'json')
  assert.is(code, 3)
  const document = JSON.parse(text)
  assert.equal(document.cluster, { name: 'test' })
  assert.equal(
    document.tasks.map((one: { name: string; state: string }) => `${one.name} ${one.state}`),
    ['foundation todo', 'house todo', 'garden done', 'party todo'],
  )
  await world.run('all')
  assert.is((await world.run('status')).code, 0)
})

test('a command only checks what it requires, gets its arguments, and owns the exit status', async () => {
  const world = new World()
  assert.is((await world.run('dance', '--json')).end.error.code, 'NOT_UP')
  await world.run('all')
  assert.is((await world.run('dance', 'all', 'night')).code, 0)
  assert.ok(world.log.includes('dance all night value of party'))
  assert.is((await world.run('dance', '--', 'stumble', '--far')).code, 7)
})

const usage: [argv: string[], message: RegExp][] = [
  [['huose'], /there is no task "huose", did you mean house\?/],
  [['HOUSE'], /there is no task "HOUSE", did you mean house\?/],
  [
    ['agents.private'],
    /there is no task "agents\.private": a config key takes a value, agents\.private=VALUE/,
  ],
  [['all', 'none'], /none must be alone/],
  [['none', 'status'], /none must be alone/],
  [['all', '--undo'], /--undo undoes single tasks/],
  [['all', '--', 'x'], /takes no arguments after --/],
  [['help', 'STACK_FALED'], /did you mean STACK_FAILED/],
]
for (const [argv, message] of usage) {
  test(`${argv.join(' ')}: exit 2, as text and as the end event`, async () => {
    const world = new World()
    const { code, errors } = await world.run(...argv)
    assert.is(code, 2)
    assert.match(errors, message)
    const { end } = await world.run('--json', ...argv)
    assert.is(end.exit, 2)
    assert.is(end.error.code, 'USAGE')
    assert.equal(
      world.log.filter((entry) => entry !== 'closed'),
      [],
    )
  })
}

test('plain output has no escape byte and shows cause and advice', async () => {
  const world = new World()
  world.failing = 'house'
  const { text } = await world.run('all')
  assert.not.ok(text.includes('\x1b'))
  assert.match(text, /STACK_FAILED house broke\n +why: {2}a gremlin\n +next: feed it/)
})

test.run()
