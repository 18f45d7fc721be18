import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { FailureFacts } from '../../tasks/runner/events.ts'
import { type Cloud, clouds, fileOf, type Standing, templates } from '../clouds/clouds.ts'
import { credentials, type Stranger, strangerAt } from '../clouds/stranger.ts'
import { Timings } from '../clouds/timings.ts'
import { optional } from '../optional.ts'
import { Project, type Ran } from './project.ts'

// The whole life of a cluster, on every emulator of AWS. The steps are the same on each.

const test = suite('clouds')
const timings = new Timings()
const LOOKS = /:(Describe|List|Get)/

/** A running cloud, and a project that uses it. */
class Site {
  private constructor(
    readonly project: Project,
    readonly standing: Standing,
    readonly stranger: Stranger,
  ) {}

  static async open(cloud: Cloud): Promise<Site> {
    const project = new Project()
    const standing = await cloud.start(project)
    return new Site(project, standing, strangerAt(standing.endpoint))
  }

  run(...words: string[]): Promise<Ran> {
    return this.project.run([...words, ...this.standing.words, '--json'], { environment: credentials })
  }

  async close(): Promise<void> {
    this.stranger.close()
    await this.standing.stop()
    this.project.remove()
  }
}

const sites = new Map<string, Promise<Site>>()

/** Started on first use, and kept for the following tests. */
function siteOf(cloud: Cloud): Promise<Site> {
  const site = sites.get(cloud.name) ?? Site.open(cloud)
  sites.set(cloud.name, site)
  return site
}

for (const cloud of clouds) {
  for (const template of cloud.templates) {
    optional(
      test,
      cloud.needs(template),
      `${cloud.name}, ${template}: up, again, status, changed, down, again`,
      async () => {
        const site = await siteOf(cloud)
        const cluster = `up-${template.replace(' ', '-')}`
        const words = [`cluster.name=${cluster}`, ...templates[template]!]
        const step = async (name: string, ...args: string[]) => {
          const ran = await site.run(...args, ...words)
          timings.add(`${cloud.name} · ${template}`, name, ran.ms, ran.end?.calls)
          return ran
        }

        const up = await step('bootstrap', 'bootstrap')
        assert.equal(
          [up.code, up.end.ran],
          [0, ['preflight', 'keypair', 'stack', 'wait', 'cli-config']],
          up.stdout,
        )
        assert.is(up.end.calls['cloudformation:CreateStack'], 1)

        assertNothingDone(await step('up again', 'bootstrap'), cloud)

        const status = await step('status', 'status')
        assert.is(status.code, 0, status.stdout)
        const { tasks } = JSON.parse(status.stdout)
        assert.ok(
          tasks.every((task: { state: string }) => task.state === 'done'),
          status.stdout,
        )

        const more = 'agents.private=6'
        const refused = await step('changed', 'bootstrap', more)
        assert.equal(
          [refused.code, refused.end.ran, failureOf(refused)?.code],
          [1, [], 'STACK_CHANGED'],
          refused.stdout,
        )
        assert.match(failureOf(refused)!.cause!, /agents.private 5 → 6/)
        assertNothingDone(await site.run('bootstrap', ...words), cloud)

        const updated = await step('--yes', 'bootstrap', more, '--yes')
        assert.is(updated.code, 0, updated.stdout)
        assert.ok(updated.end.ran.includes('stack'), updated.stdout)
        assertNothingDone(await site.run('bootstrap', more, ...words), cloud)

        const before = await site.stranger.all(cluster)
        const down = await step('destroy', 'destroy', '--yes')
        assert.equal([down.code, down.end.left], [0, []], down.stdout)
        assert.equal(await site.stranger.all(cluster), [], 'nothing is left for any observer')
        assert.equal(
          down.end.deleted.map((id: string) => id.replace('s3://', '')).sort(),
          before.sort(),
          'everything that was there is told as deleted',
        )
        assert.is((await site.run('status', ...words)).code, 3)

        const nothing = await step('down again', 'destroy')
        assert.is(nothing.code, 0, nothing.stdout)
        assert.equal([nothing.end.undone, nothing.end.deleted, nothing.end.left], [[], [], []])
      },
    )
  }

  for (const template of cloud.rollsBack) {
    optional(
      test,
      cloud.needs(template),
      `${cloud.name}, ${template}: a creation that is rolled back reports its cause, and the next one succeeds`,
      async () => {
        const site = await siteOf(cloud)
        const words = ['cluster.name=rolled-back', ...templates[template]!]
        const failing = `template=${neverReady(template, site.project)}`

        const failed = await site.run('bootstrap', ...words, failing)
        assert.is(failed.code, 1, failed.stdout)
        assert.equal([failureOf(failed)?.code, failed.end.failed], ['STACK_FAILED', ['wait']], failed.stdout)
        assert.match(failureOf(failed)!.cause!, /^Never \(AWS::CloudFormation::WaitCondition\): .*timed out/)

        const fixed = await site.run('bootstrap', ...words)
        assert.is(fixed.code, 0, fixed.stdout)
        assert.ok(
          fixed.events.some(
            (event) => event.event === 'log' && /ROLLBACK_COMPLETE: Never/.test(event.message),
          ),
          'the cause is shown again before what failed is removed',
        )

        const down = await site.run('destroy', '--yes', ...words)
        assert.equal([down.code, down.end.left], [0, []], down.stdout)
        assert.equal(await site.stranger.all('rolled-back'), [])
      },
    )
  }

  optional(
    test,
    cloud.needs(cloud.templates[0]!),
    `${cloud.name}: a foreign key pair or stack is refused and left alone`,
    async () => {
      const site = await siteOf(cloud)
      const make = {
        KEY_FOREIGN: site.stranger.importKey,
        STACK_FOREIGN: site.stranger.createStack,
      }
      for (const [code, create] of Object.entries(make)) {
        const cluster = `foreign-${code.slice(0, 3).toLowerCase()}`
        const words = [`cluster.name=${cluster}`, ...templates[cloud.templates[0]!]!]
        await create(cluster)
        const before = await site.stranger.all(cluster)
        assert.ok(before.length > 0)
        const refused = await site.run('bootstrap', ...words)
        assert.equal([refused.code, failureOf(refused)?.code], [1, code], refused.stdout)
        const changed = refused.end.ran.filter((task: string) => task !== 'preflight')
        assert.equal(changed, [], refused.stdout)
        const down = await site.run('destroy', '--yes', ...words)
        // A stack with the cluster's name is refused; a key pair alone is not a cluster.
        const exit = code === 'STACK_FOREIGN' ? 1 : 0
        assert.equal([down.code, down.end.deleted, down.end.left], [exit, [], []], down.stdout)
        assert.equal(await site.stranger.all(cluster), before)
        await site.stranger.remove(cluster)
      }
    },
  )
}

function failureOf(ran: Ran): FailureFacts | undefined {
  return ran.events.find((event) => event.event === 'fail') as FailureFacts | undefined
}

/** No more requests than it takes to check the key pair and the stack, and none that changes anything. */
function assertNothingDone(ran: Ran, cloud: Cloud): void {
  assert.equal([ran.code, ran.end.ran], [0, []], ran.stdout)
  const calls = Object.entries(ran.end.calls as Record<string, number>)
  const text = JSON.stringify(ran.end.calls)
  assert.ok(calls.reduce((sum, [, count]) => sum + count, 0) <= cloud.rerunCalls, text)
  for (const [call] of calls) assert.match(call, LOOKS)
}

/** The same template with a resource that never becomes ready. */
function neverReady(template: string, project: Project): string {
  const content = JSON.parse(readFileSync(fileOf(template), 'utf8'))
  content.Resources.Handle = { Type: 'AWS::CloudFormation::WaitConditionHandle' }
  content.Resources.Never = {
    Type: 'AWS::CloudFormation::WaitCondition',
    DependsOn: ['ExhibitorS3Bucket'],
    Properties: { Handle: { Ref: 'Handle' }, Timeout: '1' },
  }
  const file = project.path(`never-${path.basename(fileOf(template))}`)
  writeFileSync(file, JSON.stringify(content))
  return file
}

test.after(async () => {
  for (const site of sites.values()) await site.then((one) => one.close()).catch(() => undefined)
  console.log(timings.toString())
})

test.run()
