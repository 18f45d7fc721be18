import { fork } from 'node:child_process'
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { CreateStackCommand } from '@aws-sdk/client-cloudformation'
import { buildSync } from 'esbuild'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Log } from '../../tasks/rehearsal/state/log.ts'
import { describe, refused, rehearse } from './fixture.ts'

const logs = suite('rehearsal: the log')

const small = JSON.stringify({ Resources: { Topic: { Type: 'AWS::SNS::Topic' } } })
const create = (bucket: string) => ({
  change: { type: 'CreateBucket' as const, bucket, region: 'eu-west-1' },
  answer: undefined,
})

function temporary(): { folder: string; file: string; remove(): void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'log-'))
  return { folder, file: path.join(folder, 'log.ndjson'), remove: () => rmSync(folder, { recursive: true }) }
}

logs('a torn last line is ignored, wherever it is torn', () => {
  const { folder, file, remove } = temporary()
  new Log(folder).commit(() => create('first'))
  assert.is(statSync(file).mode & 0o777, 0o600)
  const whole = statSync(file).size
  new Log(folder).commit(() => create('second'))
  const both = readFileSync(file)
  for (let size = both.length - 1; size > whole; size -= 7) {
    writeFileSync(file, both.subarray(0, size))
    const log = new Log(folder)
    assert.equal([...log.read().buckets.keys()], ['first'])
    log.commit(() => create('third'))
    log.commit(() => create('fourth'))
    assert.equal([...new Log(folder).read().buckets.keys()], ['first', 'third', 'fourth'], `torn at ${size}`)
  }
  truncateSync(file, 0)
  remove()
})

logs('a line at another offset than its writer meant is void, and its writer decides again', () => {
  const { folder, file, remove } = temporary()
  const [one, other] = [new Log(folder), new Log(folder)]
  one.commit(() => create('first'))
  const decisions: number[] = []
  one.commit((world) => {
    decisions.push(world.buckets.size)
    // Another process gets in between the decision and the append.
    if (decisions.length === 1) other.commit(() => create('between'))
    return create('second')
  })
  assert.equal(decisions, [1, 2])
  assert.equal([...one.read().buckets.keys()], ['first', 'between', 'second'])
  // As if it had been appended a moment later: it is in the file, but not at its offset.
  const late = { base: 0, by: 'x', at: 1, type: 'CreateBucket', bucket: 'late', region: 'eu-west-1' }
  appendFileSync(file, `${JSON.stringify(late)}\nnot even JSON\n`)
  one.commit(() => create('third'))
  assert.equal([...other.read().buckets.keys()], ['first', 'between', 'second', 'third'])
  remove()
})

logs('processes that write in parallel lose nothing and agree on one stack', async () => {
  const { folder, remove } = temporary()
  const script = path.join(folder, 'writer.mjs')
  const source = `
    import { Log } from ${JSON.stringify(path.resolve('tasks/rehearsal/state/log.ts'))}
    const [folder, who] = process.argv.slice(2)
    const log = new Log(folder)
    let won = 0
    for (let i = 0; i < 100; i++) {
      const made = log.commit((world) =>
        world.buckets.has('b' + i) ? { answer: false } : { change: { type: 'CreateBucket', bucket: 'b' + i, region: who }, answer: true })
      if (made) won++
      log.commit(() => ({ change: { type: 'CreateBucket', bucket: who + i, region: who }, answer: undefined }))
    }
    process.send(won)
  `
  buildSync({
    stdin: { contents: source, resolveDir: process.cwd(), loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: script,
    logLevel: 'error',
  })
  const won = await Promise.all(
    ['x', 'y', 'z'].map(
      (who) =>
        new Promise<number>((resolve, reject) => {
          const child = fork(script, [folder, who])
          child.once('message', (count) => resolve(count as number))
          child.once('error', reject)
        }),
    ),
  )
  assert.is(
    won.reduce((sum, count) => sum + count, 0),
    100,
    'each of the disputed buckets was created once',
  )
  assert.is(new Log(folder).read().buckets.size, 400)
  remove()
})

logs('two rehearsals of one folder are one cloud; a folder that was cleaned is an empty one', async () => {
  const one = rehearse({ speed: 10 })
  const other = rehearse({ folder: one.folder, speed: 1000 })
  const { StackId } = await one.cloudFormation.send(
    new CreateStackCommand({ StackName: 's', TemplateBody: small }),
  )
  assert.is((await describe(other.cloudFormation, 's')).StackId, StackId)
  assert.is(
    (
      await refused(
        other.cloudFormation.send(new CreateStackCommand({ StackName: 's', TemplateBody: small })),
      )
    ).name,
    'AlreadyExistsException',
  )
  one.remove()
  assert.match((await refused(describe(one.cloudFormation, 's'))).message, /does not exist/)
  await one.cloudFormation.send(new CreateStackCommand({ StackName: 's', TemplateBody: small }))
  assert.is.not((await describe(other.cloudFormation, 's')).StackId, StackId)
  one.remove()
})

logs.run()
