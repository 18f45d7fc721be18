import { readFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Failure } from '../../tasks/base/failure.ts'
import { parseTemplate } from '../../tasks/template/parse.ts'
import { faultsIn, validateTemplate } from '../../tasks/template/validate.ts'
import { locate } from '../../tasks/template/yaml.ts'
import { optional, shared } from '../optional.ts'
import { random } from './wild.ts'

const validate = suite('validate a template')

function judge(text: string): Failure {
  try {
    validateTemplate(parseTemplate(text), { text, source: 't.yaml' })
  } catch (error) {
    assert.instance(error, Failure, String((error as Error).stack))
    return error as Failure
  }
  throw new Error(`accepted: ${text}`)
}

validate('reports each error and its position', () => {
  const rest = 'Resources:\n  A: { Type: X::Y }\n'
  const cases: [string, RegExp][] = [
    ['Resources: {}\n', /^t\.yaml:1:1: .*at least one resource/],
    [`Resorces: {}\n${rest}`, /^t\.yaml:1:1: a template has no section Resorces, did you mean Resources\?/],
    [`AWSTemplateFormatVersion: 2011-01-01\n${rest}`, /^t\.yaml:1:27: the only format version/],
    [`${rest}Outputs:\n  O: { Description: d }\n`, /^t\.yaml:4:3: the output O has no Value/],
    [`${rest}Parameters:\n  P: { Default: d }\n`, /^t\.yaml:4:3: the parameter P has no Type/],
    [
      `${rest}Parameters:\n  P: { Type: Sting }\n`,
      /^t\.yaml:4:14: .*Sting, which does not exist, did you mean String/,
    ],
    [`${rest}Conditions:\n`, /^t\.yaml:3:\d+: Conditions is empty|section Conditions must be a mapping/],
    ['Resources:\n  A: { Properties: {} }\n', /^t\.yaml:2:3: the resource A has no Type/],
    ['Resources:\n  A: 1\n', /^t\.yaml:2:6: the resource A must be a mapping/],
    ['Resources:\n  A: { Type: Bucket }\n', /^t\.yaml:2:14: A: Bucket is not a resource type/],
    ['Resources:\n  A-b: { Type: X::Y }\n', /^t\.yaml:2:3: the resource name A-b/],
    ['Resources:\n  A: { Type: X::Y, DependOn: B }\n', /no attribute DependOn, did you mean DependsOn\?/],
    ['Resources:\n  A: { Type: X::Y, Properties: [] }\n', /Properties must be a mapping/],
    ['Resources:\n  A:\n    Type: X::Y\n    Properties:\n      P:\n', /^t\.yaml:5:\d+: .*is empty \(null\)/],
    [
      'Resources:\n  A: { Type: X::Y, DependsOn: [B] }\n',
      /^t\.yaml:2:32: A depends on B, but there is no such/,
    ],
    [
      'Resources:\n  A: { Type: X::Y, Condition: C }\n',
      /^t\.yaml:2:31: A uses C, but there is no such condition/,
    ],
    [
      'Resources:\n  Bucket: { Type: X::Y, Properties: { P: !Ref Buket } }\n',
      /:2:\d+: .*Buket.*did you mean Bucket\?/,
    ],
    [
      'Resources:\n  A: { Type: X::Y, Properties: { P: !GetAtt B.Arn } }\n',
      /^t\.yaml:2:45: A uses B, .*such resource/,
    ],
    ['Resources:\n  A: { Type: X::Y, Properties: { P: !GetAtt [B, Arn] } }\n', /^t\.yaml:2:46: A uses B/],
    ["Resources:\n  A: { Type: X::Y, Properties: { P: !Sub '${AWS::Region} ${!B} ${B}' } }\n", /A uses B/],
    [
      "Resources:\n  A: { Type: X::Y, Properties: { P: !Sub '${B.Arn}' } }\n",
      /A uses B, but there is no such resource/,
    ],
    ["Resources:\n  A: { Type: X::Y, Properties: { P: !Sub ['${x}${y}', {x: 1}] } }\n", /A uses y/],
    [
      'Resources:\n  A: { Type: X::Y, Properties: { P: !If [C, 1, 2] } }\n',
      /^t\.yaml:2:42: .*no such condition/,
    ],
    ['Resources:\n  A: { Type: X::Y, Properties: { P: !FindInMap [M, a, b] } }\n', /no such mapping/],
    [`${rest}Outputs:\n  O: { Value: !Ref B }\n`, /^t\.yaml:4:20: the output O uses B/],
    [`${rest}Outputs:\n  O: { Value: 1, Condition: C }\n`, /the output O uses C/],
    [
      `${rest}Conditions:\n  C: !Equals [!Ref A, 1]\n`,
      /the condition C uses A, but there is no such parameter/,
    ],
    [
      `${rest}Conditions:\n  C: !Not [!Condition D]\n`,
      /the condition C uses D, but there is no such condition/,
    ],
    [
      'Resources:\n  A: { Type: X::Y, Properties: { P: !Ref A } }\n',
      /circular dependency between resources: A → A$/,
    ],
    [
      'Resources:\n  Z: { Type: X::Y }\n  A: { Type: X::Y, DependsOn: [Z, B] }\n  B: { Type: X::Y, Properties: { P: !GetAtt C.D } }\n' +
        "  C: { Type: X::Y, Properties: { P: !Sub '${A}' } }\n",
      /^t\.yaml:3:3: circular dependency between resources: A → B → C → A$/,
    ],
  ]
  for (const [text, message] of cases) {
    const failure = judge(text)
    assert.is(failure.code, 'TEMPLATE_INVALID')
    assert.match(failure.message, message)
  }
})

validate('reports the first few of many errors', () => {
  const text = `Resources:\n  A:\n    Type: X::Y\n    Properties:\n${[1, 2, 3, 4, 5].map((n) => `      P${n}: !Ref N${n}\n`).join('')}`
  const { message, why } = judge(text)
  assert.match(message, /^t\.yaml:5:\d+: A uses N1/)
  assert.match(why ?? '', /t\.yaml:7:\d+: A uses N3.*\nand 2 more$/)
})

validate('ignores what only AWS can check', () => {
  for (const text of [
    'Transform: AWS::Serverless-2016-10-31\nResources:\n  A: { Type: X::Y, Connectors: {}, Properties: { P: !Ref Made } }\n',
    "Resources:\n  A: { Type: X::Y, Properties: { P: { 'Fn::Transform': { Name: M } }, Q: !Ref Made } }\n",
    "Transform: AWS::LanguageExtensions\nResources:\n  'Fn::ForEach::L': [x, [a], { 'A${x}': { Type: X::Y } }]\n",
    'Resources:\n  A: { Type: Custom::My-thing@1, Properties: { Policy: { Condition: { StringEquals: { a: b } } } } }\n',
    'Resources:\n  A: { Type: X::Y, Metadata: { Ref: nobody } }\n',
    'Metadata: { a: }\nResources:\n  A: { Type: X::Y, Properties: { P: !Ref AWS::NoValue } }\n',
    "Resources:\n  A: { Type: X::Y, Properties: { P: !Sub 'echo $x ${!x} $${AWS::StackName}' } }\n",
  ]) {
    assert.equal(faultsIn(parseTemplate(text)), [], text)
  }
})

validate('what AWS refuses: policies that do not exist or are computed, circular conditions', () => {
  const refused: [string, RegExp][] = [
    [
      'Resources: { A: { Type: X::Y, DeletionPolicy: delete } }',
      /A: DeletionPolicy must be one of Delete, .*, not delete/,
    ],
    ['Resources: { A: { Type: X::Y, DeletionPolicy: Keep } }', /not Keep/],
    [
      'Parameters: { P: { Type: String } }\nResources: { A: { Type: X::Y, DeletionPolicy: !Ref P } }',
      /not computed/,
    ],
    ['Resources: { A: { Type: X::Y, UpdateReplacePolicy: Nope } }', /UpdateReplacePolicy must be one of/],
    [
      'Conditions: { A: !Not [Condition: B], B: !Or [Condition: A, !Equals [a, b]] }\nResources: { A: { Type: X::Y } }',
      /circular dependency between conditions: A → B → A/,
    ],
  ]
  for (const [text, what] of refused)
    assert.match(faultsIn(parseTemplate(text))[0]?.what ?? 'nothing', what, text)
  const right = [
    'Resources: { A: { Type: X::Y, DeletionPolicy: RetainExceptOnCreate, UpdateReplacePolicy: Snapshot } }',
    'Transform: AWS::LanguageExtensions\nResources: { A: { Type: X::Y, DeletionPolicy: !If [a, Retain, Delete] } }',
    "Resources: { A: { Type: Custom::Thing, Version: '1.0' } }",
  ]
  for (const text of right) assert.equal(faultsIn(parseTemplate(text)), [], text)
})

validate('a chain of five hundred resources is not a cycle, which is found quickly', () => {
  const chain = Array.from({ length: 500 }, (_, n) => [
    `R${n}`,
    { Type: 'X::Y', ...(n > 0 && { DependsOn: `R${n - 1}` }) },
  ])
  assert.equal(faultsIn({ Resources: Object.fromEntries(chain.reverse()) }), [])
  assert.match(
    faultsIn({ Resources: Object.fromEntries([...chain, ['More', { Type: 'X::Y' }]]) })[0]!.what,
    /at most 500/,
  )
})

validate('finds the position of any path, even within short forms and JSON', () => {
  const yaml = "A:\n  B: !Join\n    - ''\n    - - x\n      - !GetAtt C.D\n"
  assert.equal(locate(yaml, ['A', 'B', 'Fn::Join', 1, 1, 'Fn::GetAtt', 0]), { line: 5, column: 17 })
  assert.equal(locate(yaml, ['A', 'nobody', 3]), { line: 1, column: 1 })
  assert.equal(locate('{\n "A": {\n  "B": [1,\n  2]}}', ['A', 'B', 1]), { line: 4, column: 3 })
  assert.equal(locate('A: x\r\nB: y\r\n', ['B']), { line: 2, column: 4 })
})

const official = [
  'official-2015-single-master.json',
  'official-2021-single-master.json',
  'lite-2021-single-master.json',
]
optional(
  validate,
  official.map((name) => path.join(shared, 'real', name)),
  'finds no error in the official templates, and every broken name in them',
  () => {
    const next = random(17)
    for (const name of official) {
      const text = readFileSync(path.join(shared, 'real', name), 'utf8')
      assert.equal(faultsIn(parseTemplate(text)), [], name)
      const references = [...text.matchAll(/"Ref": ?"(\w+)"/g)]
      for (let round = 0; round < 15; round++) {
        const match = references[Math.floor(next() * references.length)]!
        const at = match.index + match[0].lastIndexOf(match[1]!)
        const broken = `${text.slice(0, at)}Q${text.slice(at)}`
        const { line, column } = lineAndColumn(broken, at - 1)
        assert.ok(judge(broken).message.startsWith(`t.yaml:${line}:${column}: `), judge(broken).message)
      }
    }
  },
)

function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const lines = text.slice(0, offset).split('\n')
  return { line: lines.length, column: lines.at(-1)!.length + 1 }
}

validate.run()
