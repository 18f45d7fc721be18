import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseTemplate } from '../../tasks/template/parse.ts'
import { brokenRules } from '../../tasks/template/rules.ts'

const test = suite('template/rules')

const template = parseTemplate(`
Parameters: { Env: { Type: String }, Type: { Type: String }, Zones: { Type: CommaDelimitedList } }
Rules:
  Size:
    RuleCondition: !Equals [!Ref Env, prod]
    Assertions:
      - { Assert: !Contains [[m5.large, m5.xlarge], !Ref Type], AssertDescription: production is not run on small machines }
  Spread:
    Assertions: [{ Assert: !EachMemberIn [!Ref Zones, [a, b, c]] }]
  Somewhere:
    Assertions: [{ Assert: !EachMemberEquals [!ValueOfAll ['AWS::EC2::Subnet::Id', VpcId], vpc-1] }]
Resources: { A: { Type: X::Y } }
`)

test('hold, do not apply, do not hold, or are left to AWS', () => {
  const names = (parameters: Record<string, string>) =>
    brokenRules(template, parameters).map(({ name }) => name)
  assert.equal(names({ Env: 'prod', Type: 'm5.large', Zones: 'a, b' }), [])
  assert.equal(names({ Env: 'test', Type: 't3.nano', Zones: 'a' }), [])
  assert.equal(names({ Env: 'prod', Type: 't3.nano', Zones: 'a' }), ['Size'])
  assert.equal(names({ Env: 'test', Type: 't3.nano', Zones: 'a,d' }), ['Spread'])
  assert.is(
    brokenRules(template, { Env: 'prod', Type: 't3.nano', Zones: 'a' })[0]!.description,
    'production is not run on small machines',
  )
})

test.run()
