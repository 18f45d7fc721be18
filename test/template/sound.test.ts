import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadTemplate } from '../../tasks/template/load.ts'
import { dependenciesOf } from '../../tasks/template/references.ts'
import { findSound, keepSound } from '../../tasks/template/sound.ts'
import { faultsIn } from '../../tasks/template/validate.ts'

const test = suite('template/sound')
const root = mkdtempSync(path.join(tmpdir(), 'dcos-bootstrap-sound-'))
const cache = path.join(root, 'cache')
test.after(() => rmSync(root, { recursive: true, force: true }))

const text = (size: string) => `Resources:
  Volume: { Type: 'AWS::EC2::Volume', Properties: { Size: ${size}, AvailabilityZone: !Select [0, !GetAZs ''] } }
  Copy: { Type: 'AWS::EC2::Snapshot', Properties: { VolumeId: !Ref Volume } }\n`
const load = async (content: string) => {
  writeFileSync(path.join(root, 'one.yaml'), content)
  return loadTemplate('one.yaml', { root, cache })
}

test('a cached template is not validated again, and has the same content', async () => {
  const first = await load(text('1'))
  assert.is(first.sound, false)
  assert.equal(faultsIn(first.template), [])
  await keepSound(cache, first)
  const again = await load(text('1'))
  assert.is(again.sound, true)
  assert.equal({ ...again, sound: false }, first)
  assert.equal(faultsIn(again.template), [])
  // The search for cycles has not changed the dependencies.
  assert.equal(dependenciesOf(first.template, 'Copy'), ['Volume'])
  assert.equal(dependenciesOf(again.template, 'Copy'), ['Volume'])
})

test('a changed template is read again', async () => {
  const changed = await load(text('2'))
  assert.is(changed.sound, false)
  assert.is(changed.template.Resources.Volume!.Properties!.Size, 2)
})

test('a damaged copy is read again; of many, a few are kept', async () => {
  const [name] = readdirSync(cache)
  writeFileSync(path.join(cache, name!), '{"Resources":')
  assert.is((await load(text('1'))).sound, false)
  for (let size = 10; size < 40; size++) await keepSound(cache, await load(text(String(size))))
  assert.ok(readdirSync(cache).length <= 8, String(readdirSync(cache).length))
  assert.is((await load(text('39'))).sound, true)
})

test('what JSON cannot represent is not cached, and an unusable cache is ignored', async () => {
  const odd = { text: 'odd', template: { Resources: { A: { Type: 'x', Properties: { Size: -0 } } } } }
  await keepSound(cache, odd)
  assert.is(await findSound(cache, 'odd'), undefined)
  const file = path.join(root, 'file')
  writeFileSync(file, '')
  await keepSound(path.join(file, 'below'), await load(text('3')))
})

test.run()
