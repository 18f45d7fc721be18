import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as v from 'valibot'
import { parse } from 'yaml'
import { jsonSchemaText } from '../../config/json-schema.ts'
import { loadConfig } from '../../config/load.ts'
import { schema } from '../../config/schema.ts'
import { keysOf, leaves } from '../../config/shape.ts'
import { configTable, describeKeys } from '../../config/table.ts'

const test = suite('config: what is committed beside the schema')
const root = process.cwd()
const loadFile = (file: string | undefined) =>
  loadConfig({ root, cwd: root, file, overrides: [], environment: { HOME: '/home/user' } })

test('cluster.schema.json is what the schema says (UPDATE=1 node test/run.js config/schema writes it)', () => {
  const file = 'config/cluster.schema.json'
  if (process.env.UPDATE) writeFileSync(file, jsonSchemaText())
  assert.equal(JSON.parse(readFileSync(file, 'utf8')), JSON.parse(jsonSchemaText()))
})

test('cluster.yaml holds every key, in the order of the schema, with its default', async () => {
  const written = parse(readFileSync('config/cluster.yaml', 'utf8'))
  const keys = (tree: Record<string, unknown>, section = ''): string[] =>
    Object.entries(tree).flatMap(([name, value]) => {
      const key = section + name
      const isSection =
        value !== null && typeof value === 'object' && !Array.isArray(value) && key !== 'parameters'
      return isSection ? [key, ...keys(value as Record<string, unknown>, `${key}.`)] : [key]
    })
  assert.equal(keys(written), keysOf())

  const { config, origin } = await loadFile(undefined)
  const defaults = v.parse(schema, {})
  assert.equal({ ...config, template: '' }, { ...defaults, template: '' })
  assert.is(config.template, `${root}/${defaults.template}`)
  assert.is(origin('agents.private'), 'file')
})

test('the examples load, and each says something of its own', async () => {
  const files = readdirSync('config/examples')
  assert.ok(files.length >= 3)
  const defaults = JSON.stringify((await loadFile(undefined)).config)
  for (const file of files) {
    const { config } = await loadFile(`config/examples/${file}`)
    assert.is.not(JSON.stringify(config), defaults, file)
    const first = readFileSync(`config/examples/${file}`, 'utf8').split('\n')[0]
    assert.is(first, '# yaml-language-server: $schema=../cluster.schema.json', file)
  }
})

test('every key is described, and its default is allowed', () => {
  for (const about of describeKeys()) {
    assert.ok(about.description.length > 10, about.key)
    assert.ok(about.allowed, about.key)
    assert.not.match(about.description, /\.$/, about.key)
  }
  assert.is(describeKeys().length, leaves().length)
  const agents = describeKeys().find(({ key }) => key === 'agents.private')
  assert.equal(agents, {
    key: 'agents.private',
    type: 'number',
    default: '5',
    allowed: 'a whole number from 0 to 1000',
    description: 'The number of private agents, which run the services',
  })
})

test('the table has one row of four cells a key', () => {
  const rows = configTable().trimEnd().split('\n')
  assert.is(rows.length, describeKeys().length + 2)
  for (const row of rows) assert.is(row.split(/(?<!\\)\|/).length, 6, row)
  assert.ok(
    rows.includes(
      "| `access.oauth` | `false` | true or false | Whether DC/OS requires a login through its vendor's OAuth service |",
    ),
  )
})

test.run()
