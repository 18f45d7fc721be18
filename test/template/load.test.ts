import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Failure } from '../../tasks/base/failure.ts'
import { minifyJson } from '../../tasks/template/json.ts'
import { loadTemplate } from '../../tasks/template/load.ts'
import { optional, shared } from '../optional.ts'
import { anything, random } from './wild.ts'

const load = suite<{ root: string }>('load a template')

load.before.each((context) => {
  context.root = mkdtempSync(path.join(tmpdir(), 'template-'))
})
load.after.each(({ root }) => rmSync(root, { recursive: true, force: true }))

async function failure(source: string, root: string): Promise<Failure> {
  try {
    await loadTemplate(source, { root })
  } catch (error) {
    assert.instance(error, Failure, String((error as Error).stack))
    return error as Failure
  }
  throw new Error(`loaded ${source}`)
}

load('reads a small template as it is, from a relative and an absolute path', async ({ root }) => {
  const text = 'Resources:\r\n  A:   { Type: X::Y }  # é\r\n'
  const file = path.join(root, 'a.yaml')
  writeFileSync(file, text)
  for (const source of ['a.yaml', file]) {
    const loaded = await loadTemplate(source, { root })
    assert.is(loaded.source, source)
    assert.is(loaded.text, text)
    assert.is(loaded.body, text)
    assert.is(loaded.bytes, text.length + 1)
    assert.is(loaded.digest, createHash('sha256').update(readFileSync(file)).digest('hex'))
    assert.equal([loaded.minified, loaded.needsBucket], [false, false])
  }
})

load('counts bytes, not characters, against the limit of a request', async ({ root }) => {
  const around = '{"Resources":{"A":{"Type":"X::Y"}},"Description":""}'
  const write = (fill: string) => writeFileSync(path.join(root, 'a.json'), around.replace('""', `"${fill}"`))
  write('x'.repeat(51_200 - around.length))
  assert.is((await loadTemplate('a.json', { root })).needsBucket, false)
  write('x'.repeat(51_201 - around.length))
  assert.is((await loadTemplate('a.json', { root })).needsBucket, true)
  write('é'.repeat(30_000))
  const loaded = await loadTemplate('a.json', { root })
  assert.is(loaded.bytes, around.length + 60_000)
  assert.is(loaded.needsBucket, true)
  write('x'.repeat(1_048_577 - around.length))
  const { code, message } = await failure('a.json', root)
  assert.is(code, 'TEMPLATE_TOO_LARGE')
  assert.match(message, '1048577 bytes')
})

load('minifies JSON only, and only when it is too large', async ({ root }) => {
  const yaml = `Resources:\n  A: { Type: X::Y }\n${'# comment\n'.repeat(6000)}`
  writeFileSync(path.join(root, 'a.yaml'), yaml)
  const loaded = await loadTemplate('a.yaml', { root })
  assert.is(loaded.body, yaml)
  assert.equal([loaded.minified, loaded.needsBucket], [false, true])
})

load('minifying removes white space between tokens and nothing else', () => {
  const next = random(5)
  for (let round = 0; round < 2000; round++) {
    const value = anything(next, 5)
    const compact = JSON.stringify(value)
    for (const spaced of [
      JSON.stringify(value, null, 3),
      JSON.stringify(value, null, '\t'),
      ` \r\n${compact}\n`,
    ]) {
      assert.is(minifyJson(spaced), compact)
    }
  }
  // Order, duplicates and spelling are kept.
  assert.is(
    minifyJson('{ "10": 1.0, "2" : 1e2,\r\n\t"a":"\\u0041 \\" ", "a" : [ ] }'),
    '{"10":1.0,"2":1e2,"a":"\\u0041 \\" ","a":[]}',
  )
})

optional(
  load as never,
  [path.join(shared, 'real/official-2015-single-master.json')],
  'minifies the official template of 2015 to fit a request, with the same meaning',
  async () => {
    const loaded = await loadTemplate('real/official-2015-single-master.json', { root: shared })
    assert.is(Buffer.byteLength(loaded.text), 70_919)
    assert.is(loaded.bytes, 39_604)
    assert.equal([loaded.minified, loaded.needsBucket], [true, false])
    assert.equal(JSON.parse(loaded.body), JSON.parse(loaded.text))
    assert.is(loaded.digest, createHash('sha256').update(loaded.body).digest('hex'))
    // The line breaks in the user data are separate strings.
    assert.match(loaded.body, ',"\\n",')
  },
)

load('says why a file cannot be read, and suggests similar names', async ({ root }) => {
  mkdirSync(path.join(root, 'templates/empty'), { recursive: true })
  writeFileSync(path.join(root, 'templates/dcos.yaml'), 'x')
  writeFileSync(path.join(root, 'templates/other.json'), 'x')
  symlinkSync('loop', path.join(root, 'loop'))
  const cases: [string, RegExp, RegExp][] = [
    ['templates/dco.yaml', /no file .*templates\/dco\.yaml/, /did you mean dcos\.yaml\?/],
    ['templates/dcos.yml', /no file/, /did you mean dcos\.yaml/],
    ['templates/quite-different', /no file/, /that folder contains dcos\.yaml, other\.json/],
    ['templates/empty/x.yaml', /no file/, /correct the path/],
    ['nowhere/at/all.yaml', new RegExp(`nowhere/at does not exist; ${root} does`), /correct/],
    ['templates/dcos.yaml/x', /does not exist/, /correct/],
    ['templates', /folder/, /contains dcos\.yaml, other\.json/],
    ['/dev/null', /not a regular file/, /./],
    ['loop', /link/, /./],
    ['a'.repeat(5000), /too long/, /./],
    ['a\0b', /NUL/, /./],
    ['gs://bucket/key', /cannot be read from gs:\/\/…/, /a path, https:/],
    ['FTP://host/x.json', /cannot be read from ftp:\/\/…/, /a path, https:/],
  ]
  for (const [source, cause, next] of cases) {
    const found = await failure(source, root)
    assert.is(found.code, 'TEMPLATE_UNREADABLE', source)
    assert.ok(found.message.includes(source))
    assert.match(found.why ?? '', cause)
    assert.match(found.next ?? '', next)
  }
})

load('says what is wrong with a file that is not text', async ({ root }) => {
  const yaml = 'Resources:\n  A: { Type: X::Y }\n'
  const utf16 = Buffer.from(`\uFEFF${yaml}`, 'utf16le')
  const cases: [Uint8Array, RegExp][] = [
    [Buffer.alloc(0), /empty/],
    [Buffer.from(' \r\n\t\n'), /only white space/],
    [Buffer.from('\uFEFF'), /only white space/],
    [utf16, /UTF-16/],
    [Buffer.from(utf16).swap16(), /UTF-16/],
    [Buffer.from(yaml, 'utf16le'), /binary/],
    [Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1]), /binary/],
    [Buffer.from(`# é\n# ü\n${yaml}`, 'latin1'), /not UTF-8: line 1 /],
    [Buffer.concat([Buffer.from('# é\n# ok\n# '), Buffer.from([0xe9]), Buffer.from('\nx')]), /line 3 /],
    [Buffer.concat([Buffer.from(yaml), Buffer.from([0xe2, 0x82])]), /line 3 /],
  ]
  for (const [bytes, cause] of cases) {
    writeFileSync(path.join(root, 'wild'), bytes)
    const found = await failure('wild', root)
    assert.is(found.code, 'TEMPLATE_UNREADABLE')
    assert.match(found.why ?? '', cause)
  }
  writeFileSync(path.join(root, 'bom.yaml'), `\uFEFF${yaml}`)
  assert.is((await loadTemplate('bom.yaml', { root })).body, yaml)
})

load('says where a text is not a template', async ({ root }) => {
  const cases: [string, RegExp][] = [
    ['<html>\n<body>404</body>\n</html>\n', /^wild: a template must be a mapping/],
    ['{ "Resources": {\n  "A": { "Type": "X::Y", }\n} }', /^wild:2:26: there is a comma before }/],
    ['Resources:\n  A: { Type: X::Y\n', /^wild:3:1: /],
    ['Parameters: {}\n', /^wild: the template has no Resources section/],
    ['Resources: 12\n', /no Resources section/],
    ['[]', /must be a mapping/],
    ['just words', /must be a mapping/],
  ]
  for (const [text, message] of cases) {
    writeFileSync(path.join(root, 'wild'), text)
    const found = await failure('wild', root)
    assert.is(found.code, 'TEMPLATE_INVALID', text)
    assert.match(found.message, message)
  }
})

load('random bytes are refused or read, without a crash', async ({ root }) => {
  const next = random(23)
  for (let round = 0; round < 300; round++) {
    const bytes = Buffer.from(
      Array.from({ length: next() * 200 }, () => Math.floor(next() * (round % 2 ? 256 : 128))),
    )
    writeFileSync(path.join(root, 'wild'), bytes)
    const found = await failure('wild', root)
    assert.match(found.code, /^TEMPLATE_(UNREADABLE|INVALID)$/)
    assert.ok(found.why && found.next)
  }
})

load('a file beyond any limit is not even read', async ({ root }) => {
  writeFileSync(path.join(root, 'huge'), Buffer.alloc(17 * 1024 * 1024, 0x20))
  assert.is((await failure('huge', root)).code, 'TEMPLATE_TOO_LARGE')
})

load.run()
