import { readFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseTemplate, TemplateSyntaxError } from '../../tasks/template/parse.ts'
import { optional, shared } from '../optional.ts'
import { anything, random } from './wild.ts'

const parse = suite('parse a template')
const official = ['official-2015-single-master.json', 'official-2021-single-master.json'].map((name) =>
  path.join(shared, 'real', name),
)

function faultOf(text: string): TemplateSyntaxError {
  try {
    parseTemplate(text)
  } catch (error) {
    assert.instance(error, TemplateSyntaxError, String((error as Error).stack))
    return error as TemplateSyntaxError
  }
  throw new Error(`accepted: ${text.slice(0, 200)}`)
}

parse('reads every short form as its long form, nested in each other', () => {
  const { Resources } = parseTemplate(`Resources:
  A:
    Type: AWS::EC2::VPC
    Condition: C
    Properties:
      One: !Ref B
      Two: !GetAtt B.Endpoint.Address
      Three: !Sub '\${B.Arn}/\${!kept}'
      Four: !Sub ['\${x}', { x: !If [C, !Ref D, !Select [0, !GetAZs '']] }]
      Five: !Join ['', [!FindInMap [M, !Ref AWS::Region, k], "\\n", 7]]
      Six: { Fn::Base64: !Split [',', !ImportValue v] }
      Seven: !Not [!Condition C]
      Eight: !!str 12
`)
  assert.equal(Resources.A?.Properties, {
    One: { Ref: 'B' },
    Two: { 'Fn::GetAtt': ['B', 'Endpoint.Address'] },
    Three: { 'Fn::Sub': '${B.Arn}/${!kept}' },
    Four: {
      'Fn::Sub': [
        '${x}',
        { x: { 'Fn::If': ['C', { Ref: 'D' }, { 'Fn::Select': [0, { 'Fn::GetAZs': '' }] }] } },
      ],
    },
    Five: { 'Fn::Join': ['', [{ 'Fn::FindInMap': ['M', { Ref: 'AWS::Region' }, 'k'] }, '\n', 7]] },
    Six: { 'Fn::Base64': { 'Fn::Split': [',', { 'Fn::ImportValue': 'v' }] } },
    Seven: { 'Fn::Not': [{ Condition: 'C' }] },
    Eight: '12',
  })
})

parse('reads CRLF, a byte order mark, and dates as text', () => {
  const text = '\uFEFFAWSTemplateFormatVersion: 2010-09-09\r\nResources:\r\n  A:\r\n    Type: X::Y\r\n'
  assert.equal(parseTemplate(text), {
    AWSTemplateFormatVersion: '2010-09-09',
    Resources: { A: { Type: 'X::Y' } },
  })
  assert.equal(parseTemplate('\uFEFF{"Resources":{"A":{"Type":"X::Y"}}}\r\n').Resources.A?.Type, 'X::Y')
})

parse('reports the line and column of an error in YAML', () => {
  const cases: [string, number, RegExp][] = [
    ['Resources:\n  A: [\n', 3, /./],
    ['Resources:\n  A: {}\n---\nB: 1\n', 3, /second/],
    ['Resources:\n  A: {}\n  A: {}\n', 3, /duplicate key A/],
    ['Resources:\n  A: !Reff B\n', 2, /no function !Reff/],
    ['Resources:\n  A: !!binary aGk=\n', 2, /!!binary/],
    ['Resources:\n  A: *gone\n', 2, /gone/],
    ['Resources:\n  A: &a { k: v }\n  B:\n    <<: *a\n', 4, /merge/],
    ['Resources:\n\tA: b\n', 2, /[Tt]ab/],
    ['Resources:\n  ? [a]\n  : b\n', 2, /key/],
  ]
  for (const [text, line, what] of cases) {
    const fault = faultOf(text)
    assert.match(fault.message, what)
    assert.is(fault.line, line, `${text}: ${fault.message}`)
    assert.ok((fault.column ?? 0) >= 1)
    assert.not(fault.message.includes('\n'))
  }
})

parse('reports the line and column of an error in JSON', () => {
  const cases: [string, number, number, RegExp][] = [
    ['{\n  "Resources": {},\n}', 3, 1, /comma before }/],
    ['{ "a": [1, 2,] }', 1, 14, /comma before ]/],
    ['{\n  "a": 1\n  "b": 2 }', 3, 3, /expected a comma or }/],
    ['{ "a" 1 }', 1, 7, /expected :/],
    ['{ "a": \'b\' }', 1, 8, /expected a value/],
    ['{ "a": 01 }', 1, 8, /expected a value/],
    ['{ "a": "x\ny" }', 1, 10, /not closed on its line/],
    ['{ "a": "\\q" }', 1, 9, /invalid JSON escape \\q/],
    ['{ "a": {} } x', 1, 13, /unexpected x after the end/],
    ['{ "a": [1', 1, 10, /\[ in line 1 is never closed/],
    ['{ "a": tru }', 1, 8, /expected a value/],
  ]
  for (const [text, line, column, what] of cases) {
    const fault = faultOf(text)
    assert.match(fault.message, what)
    assert.equal([fault.line, fault.column], [line, column], `${text}: ${fault.message}`)
  }
})

/** A number that JavaScript would write differently keeps its text; here only its value counts. */
const asNumbers = (_: string, value: unknown) =>
  typeof value === 'string' && /^-?\d[\d.eE+-]*$/.test(value) ? Number(value) : value

parse('agrees with JSON.parse on what is valid JSON, for any text', () => {
  const next = random(7)
  for (let round = 0; round < 3000; round++) {
    const valid = JSON.stringify({ Resources: anything(next, 4) }, null, next() < 0.5 ? 1 : 0)
    const at = Math.floor(next() * valid.length)
    const kinds = ['', valid[Math.floor(next() * valid.length)]!, '"', '\\', ',', '\n', '0', '}']
    const text =
      valid.slice(0, at) + kinds[Math.floor(next() * kinds.length)] + valid.slice(at + (next() < 0.5 ? 1 : 0))
    // What does not begin as JSON is read as YAML, which accepts more.
    if (!/^\s*\{\s*"/.test(text)) continue
    let expected: unknown
    try {
      expected = JSON.parse(text)
    } catch {
      const fault = faultOf(text)
      assert.ok(fault.line !== undefined && fault.column !== undefined, text)
      continue
    }
    const { Resources } = expected as { Resources?: unknown }
    if (typeof Resources !== 'object' || Resources === null || Array.isArray(Resources)) faultOf(text)
    else assert.equal(JSON.stringify(parseTemplate(text), asNumbers), JSON.stringify(expected, asNumbers))
  }
})

parse('any text, bytes or fragment is quickly a template or a syntax error', () => {
  const next = random(11)
  const bytes = '{}[]"\':,-*&!<|>%@`?#~ \n\t\\/abcRef019\u0000\u2028\uD800é'
  const yaml = readFileSync('templates/dcos.yaml', 'utf8')
  const started = performance.now()
  for (let round = 0; round < 1500; round++) {
    const text = Array.from({ length: next() * 60 }, () => bytes[Math.floor(next() * bytes.length)]).join('')
    for (const wild of [text, `Resources:\n  A:\n   ${text}`, `{"Resources": {"A": ${text}}}`]) attempt(wild)
  }
  for (let round = 0; round < 30; round++) {
    const at = Math.floor(next() * yaml.length)
    attempt(yaml.slice(0, at))
    attempt(`${yaml.slice(0, at)}${bytes[Math.floor(next() * bytes.length)]}${yaml.slice(at)}`)
  }
  assert.ok(performance.now() - started < 30_000)
})

function attempt(text: string): void {
  try {
    parseTemplate(text)
  } catch (error) {
    assert.instance(error, TemplateSyntaxError, `${JSON.stringify(text)}: ${(error as Error).stack}`)
  }
}

parse('refuses endless nesting and exponential aliases quickly', () => {
  const deep = 100_000
  const bomb = Array.from({ length: 30 }, (_, level) =>
    level === 0 ? 'l0: &l0 [x, x]' : `l${level}: &l${level} [*l${level - 1}, *l${level - 1}]`,
  ).join('\n')
  const started = performance.now()
  for (const text of [
    `{"Resources":${'['.repeat(deep)}${']'.repeat(deep)}}`,
    `{"Resources":${'{"a":'.repeat(deep)}`,
    `Resources: ${'['.repeat(deep)}${']'.repeat(deep)}`,
    `Resources: ${'{a: '.repeat(deep)}b${'}'.repeat(deep)}`,
    `Resources:\n  ${'- '.repeat(20_000)}x`,
    Array.from({ length: 2000 }, (_, level) => `${' '.repeat(level)}k:`).join('\n'),
  ]) {
    assert.match(faultOf(text).message, /nested more than 200 deep/, text.slice(0, 40))
  }
  assert.match(faultOf(`Resources: { A: { Type: X::Y } }\n${bomb}`).message, /no YAML aliases/)
  assert.match(faultOf('Resources: &r\n  A: *r\n').message, /no YAML aliases/)
  const took = performance.now() - started
  assert.ok(took < 20_000, `took ${took} ms`)
})

parse('an unused anchor is ignored, an alias is refused with its position', () => {
  const anchored = parseTemplate('Resources:\n  A: &a { Type: X::Y }\n')
  assert.equal(anchored.Resources.A, { Type: 'X::Y' })
  const fault = faultOf(
    'Resources:\n  A: { Type: X::Y, Properties: { P: &list [a] } }\n  B: { Type: X::Y, P: *list }\n',
  )
  assert.equal([fault.line, fault.column], [3, 23])
  assert.match(fault.message, 'CloudFormation has no YAML aliases (*list)')
})

parse('a quoted scalar may continue at the indentation of its key', () => {
  const text =
    "Resources:\n  A:\n    Type: X::Y\n    Properties:\n      P: 'goes on\n      here'\n      Q: z\n"
  assert.equal(parseTemplate(text).Resources.A!.Properties, { P: 'goes on here', Q: 'z' })
})

parse('a key __proto__ is a key like any other', () => {
  for (const text of [
    'Resources: { __proto__: { Type: X::Y } }',
    '{"Resources":{"__proto__":{"Type":"X::Y"}}}',
  ]) {
    const { Resources } = parseTemplate(text)
    assert.equal(Object.keys(Resources), ['__proto__'])
    assert.is(({} as { Type?: string }).Type, undefined)
  }
})

optional(parse, official, 'reads the official templates, whole and cut anywhere', () => {
  const next = random(3)
  for (const file of official) {
    const text = readFileSync(file, 'utf8')
    const template = parseTemplate(text)
    assert.is(Object.keys(template.Resources).length, 57)
    assert.equal(template, JSON.parse(text))
    for (let round = 0; round < 50; round++) {
      const cut = text.slice(0, Math.floor(next() * text.trimEnd().length))
      const fault = faultOf(cut)
      if (cut.trim().startsWith('{')) assert.ok(fault.line, `${file} cut at ${cut.length}: ${fault.message}`)
    }
  }
})

parse.run()
