import { readdirSync, readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse, stringify } from 'yaml'
import { leaves } from '../../config/shape.ts'
import { Failure } from '../../tasks/base/failure.ts'
import { faults, load } from './loading.ts'

// The published JSON Schema, in the eyes of a validator that knows nothing of this project, against the loader.

const test = suite('config: the JSON Schema')
const published = JSON.parse(readFileSync('config/cluster.schema.json', 'utf8'))
const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true, validateFormats: true })
ajv.addFormat('uri', (text: string) => URL.canParse(text))
const validate = ajv.compile(published)

/** Where the validator finds fault with a YAML text, as `section.key`. */
function placesOf(yaml: string): string[] {
  validate(parse(yaml))
  return (validate.errors ?? []).map(({ instancePath, params }) =>
    [...instancePath.split('/').filter(Boolean), params.additionalProperty].filter(Boolean).join('.'),
  )
}

test('it is a JSON Schema, and every config that comes with the project keeps to it', async () => {
  assert.ok(ajv.validateSchema(published), JSON.stringify(ajv.errors))
  const files = readdirSync('config/examples').map((file) => `config/examples/${file}`)
  for (const file of ['config/cluster.yaml', ...files]) {
    const yaml = readFileSync(file, 'utf8')
    assert.equal(placesOf(yaml), [], file)
    await load({ yaml })
  }
})

const wrong: Record<string, string> = {
  cluter: 'cluter: { name: dcos }',
  'cluster.nam': 'cluster: { nam: dcos }',
  'cluster.name': 'cluster: { name: 1st }',
  'cluster.masters': 'cluster: { masters: 2 }',
  'cluster.url': 'cluster: { url: "ftp://10.0.0.1" }',
  cloud: 'cloud: azure',
  region: 'region: Ireland',
  'agents.private': 'agents: { private: 1001 }',
  'agents.public': 'agents: { public: 1.5 }',
  'access.adminLocation': 'access: { adminLocation: 10.0.0.1 }',
  'access.oauth': 'access: { oauth: "yes" }',
  template: 'template: http://example.com/dcos.json',
  'cli.sha256': 'cli: { sha256: abc }',
  'cli.plugins': 'cli: { plugins: { url: a.zip } }',
  'cli.plugins.0.hash': 'cli: { plugins: [{ url: a.zip, hash: abc }] }',
  'parameters.Key-Name': 'parameters: { Key-Name: x }',
  'rehearsal.speed': 'rehearsal: { speed: 0 }',
  'rehearsal.fail.0.times': 'rehearsal: { fail: [{ call: CreateStack, error: Throttling, times: 0 }] }',
}

test('what is wrong is wrong to both, at the same place', async () => {
  for (const [place, yaml] of Object.entries(wrong)) {
    const places = placesOf(yaml)
    // The name of a parameter is told with the section that it stands in.
    const section = place.split('.')[0]!
    assert.ok(places.includes(place) || places.includes(section), `${yaml}: ${places.join(' ')}`)
    assert.match(await faults({ yaml }), place.split('.').at(-1)!, yaml)
  }
})

const values = [
  null,
  true,
  false,
  0,
  1,
  3,
  1.5,
  500,
  1001,
  -1,
  '',
  ' ',
  'auto',
  'dcos',
  'x y',
  '1',
  'true',
  'aws',
  'rehearsal',
  'token',
  'eu-west-1',
  'm5.large',
  '10.0.0.0/8',
  '10.0.0.1/33',
  'http://10.0.0.1',
  'https://host/a.json',
  'https://',
  'file:///tmp/dcos',
  's3://bucket/key',
  'official:stable/single-master',
  'a/path',
  '~/key.pub',
  'ssh-rsa AAAA me',
  'F'.repeat(64),
  'arn:aws:iam::123456789012:role/dcos',
  [],
  {},
  [1],
  { a: 1 },
  [{ url: 'a.zip' }],
  [{ call: 'X' }],
  [{ resource: 'Vpc' }],
]

/** What the loader says of a YAML text; undefined when it takes it. */
async function complaintOf(yaml: string): Promise<string | undefined> {
  try {
    await load({ yaml })
    return undefined
  } catch (error) {
    if (error instanceof Failure) return error.message
    throw error
  }
}

test('any value at any key is right to both or to neither', async () => {
  const verdicts = { right: 0, wrong: 0, readAsText: 0 }
  for (const { key } of leaves()) {
    for (const value of values) {
      const yamlOf = (one: unknown) =>
        stringify(key.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), one))
      const yaml = yamlOf(value)
      const complaint = await complaintOf(yaml)
      const right = placesOf(yaml).length === 0
      verdicts[right ? 'right' : 'wrong']++
      if (right === (complaint === undefined)) continue
      // The loader takes `name: true` for the text that is written there; an editor wants it in quotes.
      assert.ok(['boolean', 'number'].includes(typeof value) && !right, `${yaml}${complaint}`)
      assert.equal(placesOf(yamlOf(String(value))), [], yaml)
      verdicts.readAsText++
    }
  }
  assert.ok(
    verdicts.right > 100 && verdicts.wrong > 500 && verdicts.readAsText < 100,
    JSON.stringify(verdicts),
  )
})

test.run()
