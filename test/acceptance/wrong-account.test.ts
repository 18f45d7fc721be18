import { existsSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { templates } from '../clouds/clouds.ts'
import { startRehearsal } from '../clouds/rehearsal.ts'
import { credentials } from '../clouds/stranger.ts'
import { Project, type Ran } from './project.ts'

// The same cluster, by cloud, region and name, may exist in two accounts: a wrong profile or endpoint is enough.

const test = suite('the wrong account')
const project = new Project()
const other = new Project()
const folder = project.path('.task/aws/eu-west-1/dcos')
let right: Awaited<ReturnType<typeof startRehearsal>>
let wrong: Awaited<ReturnType<typeof startRehearsal>>

function at({ url }: { url: string }, ...words: string[]): Promise<Ran> {
  const place = ['cloud=aws', `aws.endpoint=${url}`, 'access.adminLocation=203.0.113.7/32']
  return project.run([...words, ...place, ...templates.small!, '--json'], { environment: credentials })
}

const keyStands = () => existsSync(`${folder}/id_ed25519`) && existsSync(`${folder}/id_ed25519.pub`)

test.before(async () => {
  ;[right, wrong] = await Promise.all([startRehearsal(project), startRehearsal(other)])
})

test('a stack uses a key that was generated here', async () => {
  const up = await at(right, 'stack')
  assert.equal([up.code, up.end.ran], [0, ['preflight', 'keypair', 'stack']], up.stdout)
  assert.ok(keyStands(), 'no key in ~/.ssh: one was generated')
})

test('a destroy with nothing to delete leaves the private key, and says so', async () => {
  const down = await at(wrong, 'destroy', '--yes')
  assert.equal([down.code, down.end.undone, down.end.deleted], [0, [], []], down.stdout)
  assert.ok(keyStands())
  assert.match(down.stdout, 'the private key .task/aws/eu-west-1/dcos/id_ed25519 is kept')
})

test('clean removes everything but the key there; where the cluster exists it removes nothing', async () => {
  const refused = await at(right, 'clean', '--yes')
  assert.equal([refused.code, refused.end.error?.code], [1, 'LOCKED'], refused.stdout)
  const cleaned = await at(wrong, 'clean', '--yes')
  assert.is(cleaned.code, 0, cleaned.stdout)
  assert.equal(cleaned.end.retained, ['.task/aws/eu-west-1/dcos/id_ed25519'])
  assert.ok(keyStands())
})

test('a cluster of the same name there gets the same key, which is deleted only with the last of them', async () => {
  const slip = await at(wrong, 'keypair')
  assert.equal([slip.code, slip.end.ran], [0, ['preflight', 'keypair']], slip.stdout)
  const undone = await at(wrong, 'destroy', '--yes')
  assert.equal([undone.code, undone.end.undone], [0, ['keypair']], undone.stdout)
  assert.ok(keyStands(), 'the right account still needs it')
  const down = await at(right, 'destroy', '--yes')
  assert.equal([down.code, down.end.left], [0, []], down.stdout)
  assert.not.ok(existsSync(folder), 'nothing of the cluster is kept')
})

test.after(async () => {
  await Promise.all([right?.stop(), wrong?.stop()])
  project.remove()
  other.remove()
})

test.run()
