import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { templateChanges } from '../../tasks/template/changes.ts'
import { parseTemplate } from '../../tasks/template/parse.ts'

const test = suite('template/changes')
const changes = (deployed: object, wanted: object) =>
  templateChanges(JSON.stringify(deployed), parseTemplate(JSON.stringify(wanted)))
const resources = { Bucket: { Type: 'AWS::S3::Bucket' } }

test('each place that differs, in one line', () => {
  const wanted = {
    Resources: {
      Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'b' } },
      Topic: { Type: 'AWS::SNS::Topic' },
    },
    Outputs: { Name: { Value: 'x'.repeat(200) } },
  }
  assert.equal(changes({ Resources: resources, Description: 'old' }, wanted).sort(), [
    `+ Outputs: {"Name":{"Value":"${'x'.repeat(41)}…`,
    '+ Resources.Bucket.Properties: {"BucketName":"b"}',
    '+ Resources.Topic: {"Type":"AWS::SNS::Topic"}',
    '- Description: "old"',
  ])
})

test('the default of a secret parameter is not shown, old or new', () => {
  const withDefault = (Default: string) => ({
    Parameters: { Password: { Type: 'String', NoEcho: true, Default }, Size: { Type: 'String', Default } },
    Resources: resources,
  })
  assert.equal(changes(withDefault('old'), withDefault('new')), ['~ Parameters.Size.Default: "old" → "new"'])
})

test('only the first of many changes are shown', () => {
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`R${index}`, { Type: 'T' }]))
  const lines = changes({ Resources: resources }, { Resources: { ...resources, ...many } })
  assert.is(lines.length, 21)
  assert.is(lines.at(-1), '… and 30 more changes of the template')
})

test.run()
