import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Stack } from '../../tasks/aws/stack/stack.ts'
import { Failure } from '../../tasks/base/failure.ts'
import { differences } from '../../tasks/cluster/plan/differences.ts'
import { resolveParameters } from '../../tasks/template/parameters.ts'
import { parseTemplate } from '../../tasks/template/parse.ts'
import { matchesPattern } from '../../tasks/template/pattern.ts'

// What people write without quotes, as CloudFormation interprets it.

const test = suite('template/scalar')

/** As written in YAML, and the text that CloudFormation reads (YAML 1.1's words for true and false; numbers keep their text). */
const written: [string, string][] = [
  ['012345678901', '012345678901'],
  ['0755', '0755'],
  ['123456789012345678901234', '123456789012345678901234'],
  ['1.0', '1.0'],
  ['1.10', '1.10'],
  ['1.50', '1.50'],
  ['1e3', '1e3'],
  ['1.0e+3', '1.0e+3'],
  ['1_000', '1_000'],
  ['0x1F', '0x1F'],
  ['0o17', '0o17'],
  ['+5', '+5'],
  ['-0', '-0'],
  ['.5', '.5'],
  ['.inf', '.inf'],
  ['NaN', 'NaN'],
  ['Infinity', 'Infinity'],
  ['12:30:00', '12:30:00'],
  ['2010-09-09', '2010-09-09'],
  ['5', '5'],
  ['yes', 'true'],
  ['No', 'false'],
  ['ON', 'true'],
  ['off', 'false'],
  ['True', 'true'],
  ['FALSE', 'false'],
  ['yEs', 'yEs'],
  ['y', 'y'],
  ["'yes'", 'yes'],
  ['"0755"', '0755'],
  ['!!str yes', 'yes'],
  ['!!str 1.0', '1.0'],
]

test('in YAML', () => {
  for (const [text, value] of written) {
    const template = parseTemplate(
      `Parameters: { P: { Type: String, Default: ${text}, AllowedValues: [${text}] } }\nMappings: { M: { ${text}: { a: b } } }\nResources: { A: { Type: X::Y } }\n`,
    )
    assert.is(resolveParameters(template, {}, 't').all.P, value, text)
    assert.is(resolveParameters(template, { P: value }, 't').send[0]!.ParameterValue, value, text)
    assert.equal(Object.keys(template.Mappings!.M!), [value], text)
  }
})

test('in JSON', () => {
  for (const text of ['12345678901234567890', '1.0', '1.50', '1e3', '1E-7', '-0', '0.1', '5', 'true']) {
    const template = parseTemplate(
      `{"Parameters":{"P":{"Type":"String","Default":${text},"AllowedValues":[ ${text} ]}},"Resources":{"A":{"Type":"X::Y"}}}`,
    )
    assert.is(resolveParameters(template, {}, 't').all.P, text)
  }
})

test('the argument of a short form is text', () => {
  const { Resources } = parseTemplate(
    'Resources:\n  A: { Type: X::Y, Properties: { P: !Ref no, Q: !Sub 0755 } }\n',
  )
  assert.equal(Resources.A!.Properties, { P: { Ref: 'no' }, Q: { 'Fn::Sub': '0755' } })
})

test('yes is true: an allowed value, not the word', () => {
  const template = parseTemplate(
    'Parameters: { P: { Type: String, Default: yes, AllowedValues: [yes, no] } }\nResources: { A: { Type: X::Y } }\n',
  )
  assert.is(resolveParameters(template, { P: 'true' }, 't').all.P, 'true')
  assert.throws(
    () => resolveParameters(template, { P: 'yes' }, 't'),
    (error: unknown) => error instanceof Failure && error.code === 'PARAMETER_INVALID',
  )
})

test('a value that the config does not set never differs from an unchanged template, and 1.50 is 1.5 for a number', () => {
  const template = parseTemplate(
    'Parameters: { A: { Type: String, Default: 1.0 }, C: { Type: Number, Default: 1 } }\nResources: { A: { Type: X::Y } }\n',
  )
  const compared = (deployed: Record<string, string>, given: Record<string, string>) =>
    differences({ parameters: deployed, templateDigest: 'd' } as unknown as Stack, {
      given,
      automatic: {},
      tags: {},
      capabilities: [],
      all: resolveParameters(template, given, 't').all,
      loaded: { template, digest: 'd' } as never,
    }).map(({ what }) => what)
  assert.equal(compared({ A: '1', C: '1.0' }, {}), [])
  assert.equal(compared({ A: '1.0', C: '1.50' }, { C: '1.5' }), [])
  assert.equal(compared({ A: '1.0', C: '1.50' }, { C: '1.6' }), ['parameters.C'])
  assert.equal(compared({ A: '1', C: '1' }, { A: '1.0' }), ['parameters.A'])
})

test('a pattern is matched as in Java, quickly, or left to AWS', () => {
  const judged: [string, string, boolean | undefined][] = [
    ['\\Aabc\\z', 'abc', true],
    ['(?i)abc', 'ABC', true],
    ['(?=.*[A-Z])(?=.*\\d)[\\p{Graph}]+', 'Abcdef1!', true],
    ['\\Qa.b\\E', 'a.b', true],
    ['\\Qa.b\\E', 'axb', false],
    ['[a-z]++', 'abc', true],
    ['[\\p{Alnum}&&[^x]]++', 'abc', undefined],
    ['(a+)+', `${'a'.repeat(40)}!`, undefined],
    ['(a|a)*b', 'a'.repeat(40), undefined],
    [`${'a*'.repeat(12)}b`, 'a'.repeat(400), undefined],
    ['(', 'x', undefined],
  ]
  const started = performance.now()
  for (const [pattern, value, expected] of judged)
    assert.is(matchesPattern(pattern, value), expected, pattern)
  assert.ok(performance.now() - started < 5_000)
})

test.run()
