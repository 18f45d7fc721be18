import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Failure } from '../../tasks/base/failure.ts'
import { declares, resolveParameters, unmetNeeds } from '../../tasks/template/parameters.ts'
import { parseTemplate, type Template, type TemplateParameter } from '../../tasks/template/parse.ts'
import { allowedPattern } from '../../tasks/template/pattern.ts'
import { secretParameters } from '../../tasks/template/secrets.ts'

const parameters = suite('template parameters')

function templateOf(declared: Record<string, TemplateParameter>): Template {
  return { Parameters: declared, Resources: { A: { Type: 'X::Y' } } }
}

function refused(declared: Record<string, TemplateParameter>, wanted: Record<string, string>): Failure {
  try {
    resolveParameters(templateOf(declared), wanted, 't.yaml')
  } catch (error) {
    assert.instance(error, Failure, String((error as Error).stack))
    assert.is((error as Failure).code, 'PARAMETER_INVALID')
    return error as Failure
  }
  throw new Error(`accepted ${JSON.stringify(wanted)} for ${JSON.stringify(declared)}`)
}

function judge(declared: TemplateParameter, value: string): boolean {
  try {
    return resolveParameters(templateOf({ P: declared }), { P: value }, 't.yaml').all.P === value
  } catch (error) {
    assert.instance(error, Failure, String((error as Error).stack))
    return false
  }
}

parameters('sends the wanted values, and knows the effective ones', () => {
  const template = templateOf({
    Name: { Type: 'String' },
    Count: { Type: 'Number', Default: 5 },
    On: { Type: 'String', Default: true },
  })
  const { send, all } = resolveParameters(template, { On: 'false', Name: 'n' }, 't.yaml')
  assert.equal(send, [
    { ParameterKey: 'Name', ParameterValue: 'n' },
    { ParameterKey: 'On', ParameterValue: 'false' },
  ])
  assert.equal(all, { Name: 'n', Count: '5', On: 'false' })
  assert.equal(
    ['Name', 'Nobody', 'constructor', '__proto__'].map((name) => declares(template, name)),
    [true, false, false, false],
  )
})

parameters('checks values as CloudFormation would', () => {
  const number: TemplateParameter = { Type: 'Number', MinValue: 0, MaxValue: '1000' }
  const cidr: TemplateParameter = {
    Type: 'String',
    MinLength: '9',
    MaxLength: '18',
    AllowedPattern: '^([0-9]+\\.){3}[0-9]+\\/[0-9]+$',
  }
  const list: TemplateParameter = { Type: 'CommaDelimitedList', AllowedValues: ['a', 'b'] }
  const key: TemplateParameter = { Type: 'AWS::EC2::KeyPair::KeyName' }
  const cases: [TemplateParameter, string[], string[]][] = [
    [
      number,
      ['0', '1000', '5.5', '+7', '1e2', '.5', '007'],
      ['-1', '1001', '', ' 5', '0x10', 'five', 'NaN', 'Infinity', '5\n', '1,2'],
    ],
    [{ ...number, AllowedValues: [1, 3, 5] }, ['1', '3', '5'], ['2', '0']],
    [
      cidr,
      ['0.0.0.0/0', '203.0.113.7/32'],
      ['0.0.0.0', '0.0.0/0', ' 0.0.0.0/0', '0.0.0.0/0\n', '', '255.255.255.255/3200'],
    ],
    [{ Type: 'String', AllowedValues: ['true', 'false'] }, ['true'], ['True', '', 'yes']],
    [{ Type: 'String', AllowedValues: [true, 1] }, ['true', '1'], ['false']],
    [{ Type: 'String' }, ['', ' ', 'x'.repeat(4096)], ['x'.repeat(4097), 'é'.repeat(2049)]],
    [list, ['a', 'a,b', 'a, b'], ['a,c', '']],
    [{ Type: 'CommaDelimitedList', AllowedPattern: '[a-z]' }, ['a,b'], ['a,bb']],
    [{ Type: 'List<Number>', MaxValue: 5 }, ['1,2, 5'], ['1,6', '1,,2', 'a']],
    [key, ['dcos'], ['']],
    [{ Type: 'AWS::SSM::Parameter::Value<String>' }, ['/a/b'], ['']],
  ]
  for (const [declared, good, bad] of cases) {
    for (const value of good)
      assert.ok(judge(declared, value), `${JSON.stringify(declared)} refuses ${value}`)
    for (const value of bad)
      assert.not(judge(declared, value), `${JSON.stringify(declared)} accepts ${value}`)
  }
})

parameters('an unknown name: what may be meant, and what exists', () => {
  const { message, why } = refused({ AdminLocation: { Type: 'String', Default: '' } }, { AdminLocaton: 'x' })
  assert.match(message, 'the template t.yaml has no parameter AdminLocaton, did you mean AdminLocation?')
  assert.match(why ?? '', 'it has AdminLocation')
  for (const name of ['constructor', '__proto__', 'toString']) {
    assert.match(refused({}, JSON.parse(`{"${name}":"x"}`)).message, `no parameter ${name}`)
  }
})

parameters('a missing one: its description, what is allowed, what a licence means', () => {
  const { message, why, next } = refused(
    { AcceptEULA: { Type: 'String', AllowedValues: ['Yes'], Description: 'Read https://example.org/eula' } },
    {},
  )
  assert.match(message, 'needs the parameter AcceptEULA')
  assert.match(why ?? '', 'https://example.org/eula')
  assert.match(next ?? '', /set parameters\.AcceptEULA to "Yes", which accepts the licence/)
})

parameters("a refused one: value, rule and the template's description", () => {
  const { message, why } = refused(
    { Place: { Type: 'String', AllowedPattern: '[0-9]+', ConstraintDescription: 'must be a valid CIDR.' } },
    { Place: 'here\nthere' },
  )
  assert.is(message, 'the parameter Place is "here\\nthere", which the template t.yaml does not allow')
  assert.is(why, 'it must match [0-9]+ (must be a valid CIDR)')
  const range = refused({ N: { Type: 'Number', MaxValue: 1000 } }, { N: '1001' })
  assert.match(range.why ?? '', 'at most 1000')
  const fallback = refused({ N: { Type: 'Number', Default: 'many' } }, {})
  assert.match(fallback.message, 'the default of the parameter N is "many"')
})

parameters('a secret is never shown', () => {
  const declared: Record<string, TemplateParameter> = {
    A: { Type: 'String', NoEcho: true, MinLength: 40 },
    B: { Type: 'String', NoEcho: 'true', AllowedPattern: '[0-9]+' },
    C: { Type: 'String', Default: '' },
  }
  assert.equal(secretParameters(templateOf(declared)), ['A', 'B'])
  const { message, why, next } = refused(declared, { A: 'hunter2', B: 'hunter2' })
  assert.match(message, '****')
  assert.not.match(`${message} ${why} ${next}`, 'hunter2')
  assert.match(why ?? '', 'the parameter B is ****')
})

parameters('needs are unmet as long as they are empty', () => {
  const template = parseTemplate(
    'Metadata: { DcosBootstrap: { needs: [Url, Image] } }\nParameters:\n  Url: { Type: String, Default: "" }\n' +
      '  Image: { Type: String, Default: x }\nResources: { A: { Type: X::Y } }\n',
  )
  assert.equal(unmetNeeds(template, {}), ['Url'])
  assert.equal(unmetNeeds(template, { Url: ' ', Image: '' }), ['Url', 'Image'])
  assert.equal(unmetNeeds(template, { Url: 'https://host/x' }), [])
  for (const wild of [undefined, {}, { DcosBootstrap: null }, { DcosBootstrap: { needs: 'Url' } }]) {
    assert.equal(unmetNeeds({ ...template, Metadata: wild as never }, {}), [])
  }
})

parameters("a pattern is Java's and must match the whole value", () => {
  const cases: [string, string[], string[]][] = [
    ['[a-z]+', ['abc'], ['abc1', '1abc', 'a\n', '']],
    ['a|b', ['a', 'b'], ['ab']],
    ['^a$', ['a'], ['aa', 'a\n']],
    ['\\A[0-9]{4}\\z', ['1234'], ['12345']],
    ['(?i)yes', ['YES', 'yes'], ['no']],
    ['\\p{Alpha}[\\p{Digit}_]*', ['a1_'], ['1a']],
    ['\\p{L}+', ['é'], ['1']],
    ['\\Qa.b\\E+', ['a.b', 'a.bb'], ['axb']],
    ['[a-z]++[0-9]', ['ab1'], ['ab']],
    ['(?>a+)b', ['aab'], ['aa']],
    ['[a\\]b]+', ['a]b'], ['c']],
    ['x{2}+', ['xx'], ['xxx']],
    ['\\++', ['++'], ['a']],
    ['.*', ['', 'x'], ['a\nb']],
    ['(?s).*', ['a\nb'], []],
    ['[\\w-]+', ['a-b_c'], ['a b']],
  ]
  for (const [pattern, good, bad] of cases) {
    const compiled = allowedPattern(pattern)
    assert.ok(compiled, pattern)
    for (const value of good) assert.ok(compiled.test(value), `${pattern} must take ${JSON.stringify(value)}`)
    for (const value of bad)
      assert.not(compiled.test(value), `${pattern} must refuse ${JSON.stringify(value)}`)
  }
  // What JavaScript cannot express is left to AWS.
  for (const pattern of ['[a-z&&[^b]]', '[a[bc]]', '\\h+', '(?x) a b', '(', '\\R', '(?<=a*)b(']) {
    assert.is(allowedPattern(pattern), undefined, pattern)
    assert.ok(judge({ Type: 'String', AllowedPattern: pattern }, 'anything'))
  }
})

parameters.run()
